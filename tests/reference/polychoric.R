# Thresholds, polychoric correlations and their asymptotic covariance matrix (Gamma), two-step:
# lavaan::lavCor. Missing answers: missing = "pairwise".
source("tests/reference/_keep.R")
suppressMessages(library(lavaan))

set.seed(20261121)
draw <- function(case, n, loadings, cuts, missing = 0) {
  latent <- outer(rnorm(n), loadings) + matrix(rnorm(n * length(loadings)), n) %*% diag(sqrt(1 - loadings^2))
  answers <- sapply(seq_along(loadings), function(j) findInterval(latent[, j], cuts[[j]]))
  answers[sample(length(answers), missing * length(answers))] <- NA
  frame <- data.frame(case = case, answers)
  names(frame) <- c("case", paste0("i", seq_along(loadings)))
  frame[setdiff(paste0("i", 1:5), names(frame))] <- NA
  frame
}
five <- c(-1.5, -0.5, 0.4, 1.3)
data <- rbind(
  draw("mixed", 400, c(0.6, 0.8, -0.7, 0.5), list(-0.3, c(-1, 0.5, 1.2), five, 0.8)),
  draw("five_points", 300, c(0.8, 0.7, 0.75, 0.6, 0.5), list(five, five, five, c(-2, -1.3, -0.8, 0.2), c(0.2, 0.8, 1.3, 1.9))),
  draw("binary", 120, c(0.9, 0.85, 0.5), list(1.1, -0.9, 0)),
  draw("missing", 350, c(0.7, 0.8, 0.6, 0.5), list(c(-1, 0, 1), five, five, 0.3), missing = 0.15)
)
for (case in unique(data$case)) {
  x <- data[data$case == case, -1]
  x <- x[colSums(!is.na(x)) > 0]
  missing <- if (anyNA(x)) "pairwise" else "listwise"
  fit <- lavCor(x, ordered = names(x), output = "fit", se = "robust.sem", missing = missing)
  gamma <- lavInspect(fit, "gamma")
  errors <- sqrt(diag(gamma) / lavInspect(fit, "nobs"))
  thresholds <- unlist(lapply(x, function(each) qnorm(cumsum(table(each)) / sum(!is.na(each)))))
  thresholds <- thresholds[is.finite(thresholds)]
  pairs <- combn(ncol(x), 2)
  rho <- lavInspect(fit, "cor.ov")[t(pairs)]
  keep(case, setNames(thresholds, paste0("threshold_", seq_along(thresholds))))
  keep(case, setNames(rho, apply(pairs, 2, function(p) paste0("rho_", p[1], "_", p[2]))))
  keep(case, setNames(errors, paste0("error_", seq_along(errors))))
  at <- which(upper.tri(gamma, diag = TRUE), arr.ind = TRUE)
  keep(case, setNames(gamma[at], paste0("gamma_", at[, 1], "_", at[, 2])))
}
write_topic("polychoric", data)
