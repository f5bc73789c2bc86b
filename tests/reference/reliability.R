# Cronbach's alpha and its kin from complete answers: psych::alpha; Feldt's interval: psych::alpha.ci.
source("tests/reference/_keep.R")
suppressMessages(library(psych))

set.seed(20261121)
draw <- function(case, n, loadings) {
  common <- rnorm(n)
  latent <- outer(common, loadings) + matrix(rnorm(n * length(loadings)), n)
  answers <- pmin(pmax(round(3 + 1.1 * latent), 1), 5)
  frame <- data.frame(case = case, answers)
  names(frame) <- c("case", paste0("i", seq_along(loadings)))
  frame[setdiff(paste0("i", 1:5), names(frame))] <- NA
  frame
}
data <- rbind(
  draw("five_items", 60, c(0.9, 0.8, 0.7, 0.6, 0.3)),
  draw("two_items", 25, c(1, 1)),
  draw("unturned", 40, c(0.9, -0.9, 0.8, 0.5)),
  draw("unrelated", 30, c(0, 0, 0)),
  draw("six_people", 6, c(1, 0.8, 0.9))
)
for (case in unique(data$case)) {
  x <- data[data$case == case, -1]
  x <- x[colSums(is.na(x)) == 0]
  k <- ncol(x)
  found <- suppressMessages(suppressWarnings(psych::alpha(x, check.keys = FALSE)))
  value <- found$total$raw_alpha
  keep(case, alpha = value, alpha_std = found$total$std.alpha, average_r = found$total$average_r)
  for (level in c(0.90, 0.95)) {
    interval <- psych::alpha.ci(value, n.obs = nrow(x), n.var = k, p.val = 1 - level)
    ends <- c(interval$lower.ci, interval$upper.ci)
    keep(case, setNames(as.numeric(unlist(ends)), paste0(c("low_", "high_"), 100 * level)))
  }
  keep(case, setNames(found$item.stats$r.drop, paste0("item_rest_r_", names(x))))
  if (k > 2) keep(case, setNames(found$alpha.drop$raw_alpha, paste0("dropped_", names(x))))
}
write_topic("reliability", data)
