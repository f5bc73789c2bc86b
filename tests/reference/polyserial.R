# One pair at a time. Full maximum likelihood of two items: polycor::polychor, started again from where it
# stopped until it stays. A measured variable with an item: two-step lavaan::lavCor, its error by the
# delta method from its Gamma; full maximum likelihood over mean, spread, thresholds and r by stats::optim with
# numDeriv::hessian; ad hoc polycor::polyserial.
source("tests/reference/_keep.R")
suppressMessages({library(lavaan); library(polycor)})

set.seed(20261122)
draw <- function(case, n, r, cuts, column_cuts = NULL) {
  x <- rnorm(n)
  y <- r * x + sqrt(1 - r^2) * rnorm(n)
  first <- if (is.null(column_cuts)) round(5 + 1.2 * x, 4) else findInterval(x, column_cuts)
  data.frame(case = case, x = first, y = findInterval(y, cuts))
}
data <- rbind(
  draw("three_by_four", 300, 0.6, c(-1, 0, 1), c(-0.7, 0.5)),
  draw("two_by_three", 150, -0.4, c(-0.6, 0.8), 0.4),
  draw("two_by_two", 200, 0.7, 0.3, -0.5),
  draw("five_points", 250, 0.55, c(-1.4, -0.5, 0.5, 1.3)),
  draw("biserial", 180, -0.8, 0.9)
)
settled_polychor <- function(table) {
  start <- NULL
  repeat {
    control <- list(reltol = 1e-16, maxit = 10000)
    found <- suppressWarnings(
      if (is.null(start)) polychor(table, ML = TRUE, std.err = TRUE, control = control)
      else polychor(table, ML = TRUE, std.err = TRUE, control = control, start = start)
    )
    if (!is.null(start) && abs(found$rho - start$rho) < 1e-9) return(found)
    start <- list(rho = found$rho, row.thresholds = found$row.cuts, col.thresholds = found$col.cuts)
  }
}
minus_log_likelihood <- function(theta) { # of the x and y of the case at hand
  s <- sqrt(1 - theta[1]^2)
  z <- (x - theta[2]) / theta[3]
  cuts <- c(-Inf, theta[-(1:3)], Inf)
  p <- pnorm((cuts[y + 2] - theta[1] * z) / s) - pnorm((cuts[y + 1] - theta[1] * z) / s)
  -sum(dnorm(z, log = TRUE) - log(theta[3]) + log(p))
}
for (case in unique(data$case)) {
  x <- data$x[data$case == case]
  y <- data$y[data$case == case]
  if (case %in% c("five_points", "biserial")) {
    frame <- data.frame(x = x, y = y)
    fit <- suppressWarnings(lavCor(frame, ordered = "y", output = "fit", se = "robust.sem"))
    cov <- lavInspect(fit, "sampstat")$cov
    r <- cov[1, 2] / sqrt(cov[1, 1])
    gamma <- fit@SampleStats@NACOV[[1]] # ends with the variance of x and the covariance
    last <- tail(seq_len(nrow(gamma)), 2)
    slope <- c(-r / (2 * cov[1, 1]), 1 / sqrt(cov[1, 1]))
    error <- sqrt(slope %*% gamma[last, last] %*% slope / length(y))
    margins <- qnorm(cumsum(table(y))[-length(table(y))] / length(y))
    start <- c(r, mean(x), sd(x), margins)
    found <- optim(start, minus_log_likelihood, method = "BFGS",
      control = list(reltol = 1e-16, maxit = 1000, parscale = pmax(abs(start), 0.1)))
    errors <- sqrt(diag(solve(numDeriv::hessian(minus_log_likelihood, found$par))))
    keep(case, two_step_r = r, two_step_error = error, ml_r = found$par[1], ml_error = errors[1])
    keep(case, setNames(found$par[-(1:3)], paste0("ml_cut_", seq_along(margins))))
    keep(case, ad_hoc_r = polyserial(x, y))
  } else {
    found <- settled_polychor(table(x, y))
    cuts <- c(found$row.cuts, found$col.cuts)
    keep(case, ml_r = found$rho, ml_error = sqrt(found$var[1, 1]), chi_square = found$chisq, df = found$df)
    keep(case, setNames(cuts, paste0("ml_cut_", seq_along(cuts))))
    at <- which(upper.tri(found$var, diag = TRUE), arr.ind = TRUE)
    keep(case, setNames(found$var[at], paste0("covariance_", at[, 1], "_", at[, 2])))
  }
}
write_topic("polyserial", data)
