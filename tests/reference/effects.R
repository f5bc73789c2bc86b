# Effects in the outcome's unit, on the data of nonlinear.R: averages of predictions and of their slopes,
# differentiated by numDeriv for the delta method; Fieller's set and the slopes at the ends of a parabola by
# their formulas; the smooth curve of the two-lines test by mgcv.
source("tests/reference/_keep.R")
suppressMessages({library(MASS); library(numDeriv); library(mgcv)})
data <- read.csv("tests/reference/nonlinear_data.csv")
tight <- glm.control(epsilon = 1e-14, maxit = 200)
delta <- function(case, f, at, covariance) {
  g <- grad(f, at, method.args = list(r = 6))
  keep(case, estimate = f(at), std_error = sqrt(drop(t(g) %*% covariance %*% g)))
}
n <- nrow(data)
inter <- glm(yes ~ x * z + kind, binomial, data, control = tight)
rows <- function(x, z, kind) cbind(1, x, z, kind, x * z)
v <- vcov(inter)
slope_x <- function(b) mean(dlogis(rows(data$x, data$z, data$kind) %*% b) * (b[2] + b[5] * data$z))
delta("logit;slope;x", slope_x, coef(inter), v)
p <- function(b, x = data$x, z = data$z, kind = data$kind) mean(plogis(rows(x, z, kind) %*% b))
delta("logit;prediction", p, coef(inter), v)
delta("logit;difference;kind", function(b) p(b, kind = 1) - p(b, kind = 0), coef(inter), v)
second <- function(b) p(b, x = 1, z = 1) - p(b, x = -1, z = 1) - p(b, x = 1, z = -1) + p(b, x = -1, z = -1)
delta("logit;second_difference", second, coef(inter), v)
cross <- function(b) {
  eta <- rows(data$x, data$z, data$kind) %*% b
  q <- plogis(eta)
  f <- q * (1 - q)
  mean(f * b[5] + f * (1 - 2 * q) * (b[2] + b[5] * data$z) * (b[3] + b[5] * data$x))
}
delta("logit;cross_slope", cross, coef(inter), v)
nb <- glm.nb(count ~ x + z + kind, data, control = tight)
d <- cbind(1, data$x, data$z, data$kind)
delta("negbin;slope;x", function(b) mean(exp(d %*% b) * b[2]), coef(nb), vcov(nb))
clm <- ordinal::clm(ordered(stage) ~ x + z + kind, data = data, control = ordinal::clm.control(gradTol = 1e-12))
for (j in 1:4) {
  slope <- function(b) mean(dlogis(b[j] - d[, -1] %*% b[5:7]) * b[5])
  delta(paste0("ologit;slope;x;", j), slope, coef(clm), vcov(clm))
}
parabola <- lm(count ~ x + I(x^2), data)
b <- coef(parabola)[2:3]
v <- vcov(parabola)[2:3, 2:3]
for (df in c(9, Inf)) {
  t <- qt(0.975, df)
  f <- function(point) (b[1] + 2 * b[2] * point)^2 - t^2 * (v[1, 1] + 4 * point * v[1, 2] + 4 * point^2 * v[2, 2])
  grid <- seq(-2000, 2000, by = 0.01)
  change <- which(diff(sign(f(grid))) != 0)
  ends <- sapply(change, function(i) uniroot(f, grid[c(i, i + 1)], tol = 1e-13)$root)
  keep(paste0("fieller;", df), estimate = -b[[1]] / (2 * b[[2]]), low = ends[1], high = ends[2],
    inside = unname(f(mean(ends)) < 0))
}
keep("parabola", linear = b[[1]], square = b[[2]], v11 = v[1, 1], v12 = v[1, 2], v22 = v[2, 2])
wave <- data.frame(y = nb$y, breadth = rep(0:8, length.out = n), z = data$z)
set.seed(20261206)
wave$y <- rnbinom(n, mu = exp(1.4 - 0.06 * (wave$breadth - 5.5)^2 + 0.2 * wave$z), size = 2)
curve <- gam(y ~ z + s(breadth, bs = "cr", k = 9), family = negbin(2), data = wave,
  control = gam.control(epsilon = 1e-12, mgcv.tol = 1e-12, newton = list(conv.tol = 1e-10)))
at <- predict(curve, data.frame(z = mean(wave$z), breadth = 0:8), se.fit = TRUE)
for (k in 1:9) keep(paste0("curve;", k - 1), fit = at$fit[[k]], std_error = at$se.fit[[k]])
keep("curve", edf = sum(curve$edf), ubre = unname(curve$gcv.ubre))
write_topic("effects", wave)
