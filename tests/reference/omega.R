# Omega: psych::omega (general and group factors) and psych::fa (one factor); alpha and omega of polychoric
# correlations (lavaan::lavCor); Spearman-Brown of two items with the interval of stats::cor.test.
source("tests/reference/_keep.R")
suppressMessages({library(psych); library(lavaan)})

set.seed(20261124)
draw <- function(case, n, sizes, general, group) {
  belongs <- rep(seq_along(sizes), sizes)
  own <- matrix(rnorm(n * length(sizes)), n)[, belongs, drop = FALSE]
  latent <- general * rnorm(n) + group * own + matrix(rnorm(n * sum(sizes)), n)
  frame <- data.frame(case = case, pmin(pmax(round(3 + 0.9 * latent), 1), 5))
  names(frame) <- c("case", paste0("i", seq_len(sum(sizes))))
  frame[setdiff(paste0("i", 1:12), names(frame))] <- NA
  frame
}
data <- rbind(
  draw("nine_items", 500, c(3, 3, 3), 0.7, 0.8),
  draw("twelve_items", 400, c(4, 3, 3, 2), 0.8, 0.7),
  draw("five_items", 200, 5, 0.9, 0),
  draw("two_items", 40, 2, 0.9, 0)
)
for (case in unique(data$case)) {
  x <- data[data$case == case, -1]
  x <- x[colSums(is.na(x)) == 0]
  poly <- unclass(lavCor(x, ordered = names(x)))
  keep(case, ordinal_alpha = psych::alpha(poly)$total$std.alpha)
  if (ncol(x) == 2) {
    test <- lapply(c(0.90, 0.95), function(level) cor.test(x[[1]], x[[2]], conf.level = level))
    turned <- function(r) 2 * r / (1 + r)
    keep(case, spearman_brown = turned(test[[1]]$estimate[[1]]), setNames(turned(test[[1]]$conf.int), c("low_90", "high_90")))
    keep(case, setNames(turned(test[[2]]$conf.int), c("low_95", "high_95")))
    next
  }
  one <- function(r) {
    load <- as.vector(psych::fa(r, fm = "minres")$loadings)
    sum(load)^2 / (sum(load)^2 + sum(1 - load^2))
  }
  keep(case, one_factor = one(cor(x)), ordinal_omega = one(poly))
  if (case == "five_items") next
  m <- if (case == "nine_items") 3 else 4
  found <- suppressMessages(suppressWarnings(psych::omega(cor(x), m, plot = FALSE, n.obs = nrow(x))))
  stopifnot(all(found$key == 1))
  keep(case, omega_h = found$omega_h, omega_total = found$omega.tot, omega_limit = found$omega.lim, common = unname(found$ECV))
  sl <- unclass(found$schmid$sl)
  keep(case, setNames(sl[, 1], paste0("general_", seq_along(x))), setNames(sl[, "u2"], paste0("unique_", seq_along(x))))
  groups <- sl[, 1 + seq_len(m)]
  keep(case, setNames(sqrt(rowSums(groups^2)), paste0("groups_", seq_along(x))))
}
write_topic("omega", data)
