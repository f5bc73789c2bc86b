# Exploratory factor analysis: psych::fa for extraction, fit and scores; GPArotation and stats::varimax for
# rotation, told to stop late; psych::KMO, cortest.bartlett, vss. Promax and very simple structure are psych's
# sums from a varimax that stops late.
source("tests/reference/_keep.R")
suppressMessages({library(psych); library(GPArotation)})

set.seed(20261123)
draw <- function(case, n, pattern, phi) {
  common <- matrix(rnorm(n * ncol(pattern)), n) %*% chol(phi)
  unique <- sqrt(1 - diag(pattern %*% phi %*% t(pattern)))
  latent <- common %*% t(pattern) + matrix(rnorm(n * nrow(pattern)), n) %*% diag(unique)
  frame <- data.frame(case = case, pmin(pmax(round(3 + 1.2 * latent), 1), 5))
  names(frame) <- c("case", paste0("i", seq_len(nrow(pattern))))
  frame[setdiff(paste0("i", 1:12), names(frame))] <- NA
  frame
}
simple <- function(sizes, cross = 0) {
  factor <- rep(seq_along(sizes), sizes)
  pattern <- outer(factor, seq_along(sizes), function(f, j) ifelse(f == j, 0.75, cross))
  pattern - 0.03 * (seq_len(sum(sizes)) %% 4)
}
phi <- function(m, r) { out <- matrix(r, m, m); diag(out) <- 1; out }
data <- rbind(
  draw("three", 400, simple(c(4, 4, 4), 0.05), phi(3, 0.3)),
  draw("two", 250, simple(c(4, 3)), phi(2, 0.4)),
  draw("one", 120, simple(5), phi(1, 0))
)
late_varimax <- function(x) unclass(stats::varimax(x, eps = 1e-15)$loadings)
late_promax <- function(x) { # psych::kaiser(x, "Promax"), psych::Promax
  length <- sqrt(rowSums(x^2))
  start <- late_varimax(x / length)
  turn <- lm.fit(start, start * abs(start)^3)$coefficients
  turn <- turn %*% diag(sqrt(diag(solve(t(turn) %*% turn))))
  list(loadings = (start %*% turn) * length, Phi = solve(turn) %*% t(solve(turn)))
}
rotations <- list(
  varimax = function(x) list(loadings = late_varimax(x), Phi = diag(ncol(x))),
  quartimax = function(x) list(loadings = quartimax(x, eps = 1e-6, maxit = 5000)$loadings, Phi = diag(ncol(x))),
  oblimin = function(x) oblimin(x, eps = 1e-6, maxit = 5000),
  geomin = function(x) geominQ(x, eps = 1e-6, maxit = 5000),
  promax = late_promax
)
in_order <- function(found) { # as psych::fa: most explained first, columns that add up to a positive number
  phi <- found$Phi
  load <- unclass(found$loadings)
  order <- order(diag(phi %*% t(load) %*% load), decreasing = TRUE)
  sign <- ifelse(colSums(load) < 0, -1, 1)[order]
  list(load = load[, order, drop = FALSE] %*% diag(sign, length(sign)), phi = phi[order, order] * outer(sign, sign))
}
named <- function(matrix, name) setNames(as.vector(matrix), paste(name, row(matrix), col(matrix), sep = "_"))
simplest <- function(load, complexity) t(apply(load, 1, function(x) x * (rank(-abs(x)) <= complexity)))
factors <- c(three = 3, two = 2, one = 1)
for (case in names(factors)) {
  x <- data[data$case == case, -1]
  x <- x[colSums(is.na(x)) == 0]
  m <- factors[[case]]
  r <- cor(x)
  for (method in c("minres", "ml", "pa")) {
    late <- if (method == "pa") list(min.err = 1e-13, max.iter = 1e5) else list()
    found <- do.call(fa, c(list(r, m, n.obs = nrow(x), rotate = "none", fm = method), late))
    keep(case, named(in_order(list(loadings = found$loadings, Phi = diag(m)))$load, method))
    if (method == "pa") next
    fit <- c(chi_square = found$STATISTIC, df = found$dof, p_value = found$PVAL, rmsea = found$RMSEA[[1]],
      rmsea_low = found$RMSEA[[2]], rmsea_high = found$RMSEA[[3]], tli = found$TLI, bic = found$BIC, rms = found$rms)
    keep(case, setNames(fit, paste0(method, "_", names(fit))))
  }
  found <- fa(r, m, n.obs = nrow(x), rotate = "none", fm = "minres")
  load <- unclass(found$loadings)
  oblique <- list(load = load, phi = diag(m))
  if (m > 1) for (rotation in names(rotations)) {
    turned <- in_order(rotations[[rotation]](load))
    keep(case, named(turned$load, rotation))
    keep(case, named(turned$phi, paste0(rotation, "_phi")))
    if (rotation == "oblimin") oblique <- turned
  }
  for (method in c("Thurstone", "Bartlett", if (m > 1) "tenBerge")) { # tenBerge's diag(1 x 1) goes wrong
    weights <- factor.scores(r, oblique$load, Phi = oblique$phi, method = method)$weights
    keep(case, named(weights, paste0("weights_", method)))
  }
  kmo <- KMO(r)
  sphere <- cortest.bartlett(r, n = nrow(x))
  keep(case, kmo = kmo$MSA, setNames(kmo$MSAi, paste0("kmo_", seq_along(x))))
  keep(case, sphericity = sphere$chisq, sphericity_df = sphere$df, sphericity_p = sphere$p.value)
  map <- vss(r, n = ncol(x) - 2, n.obs = nrow(x), plot = FALSE)$map
  keep(case, setNames(map, paste0("map_", seq_along(map))))
  for (f in seq_len(min(3, m + 1))) {
    load <- unclass(fa(r, f, n.obs = nrow(x), rotate = "none", fm = "minres")$loadings)
    if (f > 1) load <- late_varimax(load)
    for (complexity in seq_len(min(f, 2))) {
      simple_load <- if (f == 1) load else simplest(load, complexity)
      keep(case, setNames(1 - sum((r - simple_load %*% t(simple_load))^2) / sum(r^2), paste0("vss_", f, "_", complexity)))
    }
  }
}
write_topic("efa", data)
