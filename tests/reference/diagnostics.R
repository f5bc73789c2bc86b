# Diagnostics, on the data of nonlinear.R: car::vif; Brant's test by its formulas (Brant 1990), each logit
# by glm; pscl::odTest; statmod::glm.scoretest by organisation; Hosmer and Lemeshow's test by its formula.
source("tests/reference/_keep.R")
suppressMessages(library(MASS))
data <- read.csv("tests/reference/nonlinear_data.csv")
tight <- glm.control(epsilon = 1e-14, maxit = 200)
vif <- car::vif(lm(count ~ x + z + kind + I(x * z), data))
keep("vif", setNames(vif, c("x", "z", "kind", "product")))

x <- cbind(1, data$x, data$z, data$kind)
fits <- lapply(1:4, function(j) glm(stage > j ~ x + z + kind, binomial, data, control = tight))
p <- sapply(fits, fitted)
b <- unlist(lapply(fits, function(f) coef(f)[-1]))
v <- matrix(0, 12, 12)
for (j in 1:4) for (l in 1:4) {
  low <- min(j, l)
  high <- max(j, l)
  middle <- crossprod(x, x * (p[, high] - p[, low] * p[, high]))
  bread <- function(k) solve(crossprod(x, x * (p[, k] * (1 - p[, k]))))
  v[(j - 1) * 3 + 1:3, (l - 1) * 3 + 1:3] <- (bread(j) %*% middle %*% bread(l))[-1, -1]
}
wald <- function(which) {
  m <- length(which)
  d <- cbind(kronecker(matrix(1, 3, 1), diag(m)), -diag(3 * m))
  at <- as.vector(outer(which, 3 * (0:3), "+"))
  apart <- d %*% b[at]
  drop(t(apart) %*% solve(d %*% v[at, at] %*% t(d)) %*% apart)
}
keep("brant", omnibus = wald(1:3), x = wald(1), z = wald(2), kind = wald(3),
  p_omnibus = pchisq(wald(1:3), 9, lower.tail = FALSE), p_x = pchisq(wald(1), 3, lower.tail = FALSE))

nb <- glm.nb(count ~ x + z + kind, data, control = tight)
pois <- glm(count ~ x + z + kind, poisson, data, control = tight)
statistic <- 2 * as.numeric(logLik(nb) - logLik(pois))
keep("dispersion", ratio = sum(residuals(pois, "pearson")^2) / pois$df.residual,
  statistic = statistic, p = pchisq(statistic, 1, lower.tail = FALSE) / 2)
for (k in 0:12) {
  keep(paste0("rootogram;", k), negbin = sum(dnbinom(k, mu = fitted(nb), size = nb$theta)),
    poisson = sum(dpois(k, fitted(pois))), observed = sum(data$count == k))
}
logit <- glm(yes ~ x + z + kind, binomial, data, control = tight)
as_glm <- glm(count ~ x + z + kind, negative.binomial(nb$theta), data, control = tight)
for (g in unique(data$cluster)) {
  keep(paste0("residual;", g),
    logit = statmod::glm.scoretest(logit, as.numeric(data$cluster == g), dispersion = 1),
    negbin = statmod::glm.scoretest(as_glm, as.numeric(data$cluster == g), dispersion = 1))
  rest <- data[data$cluster != g, ]
  keep(paste0("without;", g), setNames(coef(update(logit, data = rest)), c("intercept", "x", "z", "kind")))
}
group <- cut(fitted(logit), quantile(fitted(logit), 0:10 / 10), include.lowest = TRUE)
observed <- tapply(data$yes, group, sum)
expected <- tapply(fitted(logit), group, sum)
people <- tapply(data$yes, group, length)
hoslem <- sum((observed - expected)^2 / (expected * (1 - expected / people)))
for (k in 1:10) keep(paste0("calibration;", k), n = people[[k]], observed = observed[[k]] / people[[k]],
  predicted = expected[[k]] / people[[k]])
keep("calibration", hoslem = hoslem)
write_as(do.call(rbind, kept), "diagnostics.csv", 17)
