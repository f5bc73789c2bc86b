# Non-linear models: logit, proportional odds (MASS::polr, ordinal::clm), partial proportional odds
# (VGAM), negative binomial (MASS::glm.nb), hurdle (pscl); CR0 and CR2 with Satterthwaite df on glm and
# glm.nb (clubSandwich); CR0 of polr (sandwich).
source("tests/reference/_keep.R")
suppressMessages({library(MASS); library(clubSandwich)})

set.seed(20261205)
sizes <- c(4, 31, 9, 14, 6, 48, 10, 7, 19, 8, 13, 7, 5, 12, 90, 22)
g <- rep(seq_along(sizes), sizes)
n <- length(g)
x <- round(rnorm(n) + 0.4 * rnorm(length(sizes))[g], 3)
z <- round(rnorm(n), 3)
kind <- rbinom(n, 1, 0.4)
u <- rnorm(length(sizes), sd = 0.4)[g]
eta <- 0.7 * x - 0.4 * z + 0.5 * kind + u
yes <- rbinom(n, 1, plogis(eta - 0.3))
stage <- cut(eta + rlogis(n), c(-Inf, -2, -0.7, 0.4, 1.6, Inf), labels = FALSE)
count <- rnbinom(n, mu = exp(0.4 + 0.35 * x - 0.2 * z + 0.3 * kind + 0.5 * u), size = 1.3)
volume <- ifelse(rbinom(n, 1, plogis(0.4 * x + 0.2)) == 1,
  1 + rnbinom(n, mu = exp(0.3 + 0.3 * z), size = 1.1), 0)
data <- data.frame(cluster = g, x, z, kind, yes, stage, count, volume)
tight <- glm.control(epsilon = 1e-14, maxit = 200)

keep_all <- function(case, names, estimate, covariance) {
  for (k in seq_along(names)) {
    keep(paste(case, names[k], sep = ";"), estimate = estimate[[k]],
      std_error = sqrt(covariance[k, k]))
  }
}
keep_robust <- function(case, names, fit) {
  k <- length(names)
  for (kind in c("CR0", "CR2")) {
    v <- vcovCR(fit, cluster = g, type = kind)
    test <- coef_test(fit, vcov = v, test = "Satterthwaite")
    for (i in 1:k) {
      keep(paste(case, kind, names[i], sep = ";"), std_error = test$SE[i], df = test$df[i])
      for (j in 1:k) keep(paste(case, kind, names[i], names[j], sep = ";"), covariance = v[i, j])
    }
  }
}

terms <- c("intercept", "x", "z", "kind")
logit <- glm(yes ~ x + z + kind, binomial, data, control = tight)
keep_all("logit", terms, coef(logit), vcov(logit))
keep("logit", log_likelihood = logLik(logit))
keep_robust("logit", terms, logit)

control <- ordinal::clm.control(gradTol = 1e-12, maxIter = 200)
clm <- ordinal::clm(ordered(stage) ~ x + z + kind, data = data, control = control)
ordered_terms <- c(paste0("cut", 1:4), "x", "z", "kind")
keep_all("ologit", ordered_terms, coef(clm), vcov(clm))
keep("ologit", log_likelihood = logLik(clm))
polr <- polr(ordered(stage) ~ x + z + kind, data, Hess = TRUE,
  start = c(coef(clm)[5:7], coef(clm)[1:4]), control = list(reltol = 1e-16, maxit = 1000))
polr_terms <- c("x", "z", "kind", paste0("cut", 1:4))
v <- sandwich::vcovCL(polr, cluster = g, type = "HC0", cadjust = FALSE)
for (i in 1:7) for (j in 1:7) keep(paste("polr;CR0", polr_terms[i], polr_terms[j], sep = ";"), covariance = v[i, j])

suppressMessages(library(VGAM))
partial <- vglm(ordered(stage) ~ x + z + kind, cumulative(parallel = FALSE ~ kind), data,
  epsilon = 1e-14, maxit = 200)
keep("partial", setNames(coef(partial), names(coef(partial))))
keep("partial", log_likelihood = logLik(partial))
detach("package:VGAM")

nb <- glm.nb(count ~ x + z + kind, data, control = tight)
nb$th.warn <- NULL
keep_all("negbin", terms, coef(nb), vcov(nb))
keep("negbin", log_likelihood = logLik(nb), theta = nb$theta, theta_se = nb$SE.theta)
as_glm <- glm(count ~ x + z + kind, negative.binomial(nb$theta), data, control = tight)
keep_robust("negbin", terms, as_glm)
poisson <- glm(count ~ x + z + kind, poisson, data, control = tight)
keep_all("poisson", terms, coef(poisson), vcov(poisson))

hurdle <- pscl::hurdle(volume ~ x + z + kind | x + kind, data, dist = "negbin",
  control = pscl::hurdle.control(reltol = 1e-16, maxit = 10000))
keep_all("hurdle_count", terms, hurdle$coefficients$count, vcov(hurdle)[1:4, 1:4])
keep_all("hurdle_zero", c("intercept", "x", "kind"), hurdle$coefficients$zero, vcov(hurdle)[5:7, 5:7])
keep("hurdle", log_likelihood = logLik(hurdle), theta = hurdle$theta[["count"]])
write_topic("nonlinear", data)
