# Random intercepts, on the data of nonlinear.R: lme4::glmer, ordinal::clmm, glmmTMB, with tight tolerances.
source("tests/reference/_keep.R")
suppressMessages({library(lme4); library(ordinal)})

data <- read.csv("tests/reference/nonlinear_data.csv")
data$group <- factor(data$cluster)
terms <- c("intercept", "x", "z", "kind")
keep_all <- function(case, names, estimate, error) {
  for (k in seq_along(names)) {
    keep(paste(case, names[k], sep = ";"), estimate = estimate[[k]], std_error = error[[k]])
  }
}
control <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12,
  optCtrl = list(rhobeg = 0.02, rhoend = 1e-9, maxfun = 1e5))
for (points in c(1, 11)) {
  for (outcome in c("yes", "count")) {
    family <- if (outcome == "yes") binomial else poisson
    fit <- glmer(reformulate("x + z + kind + (1 | cluster)", outcome), data, family,
      control = control, nAGQ = points)
    case <- paste0(outcome, points)
    keep_all(case, terms, fixef(fit), sqrt(diag(as.matrix(vcov(fit)))))
    # with nodes, glmer leaves the constant of the counts out of the likelihood
    keep(case, sd = unname(getME(fit, "theta")),
      log_likelihood = if (case == "count11") NA else logLik(fit))
  }
  fit <- clmm(ordered(stage) ~ x + z + kind + (1 | group), data = data, nAGQ = points,
    control = clmm.control(gradTol = 1e-8))
  case <- paste0("stage", points)
  error <- sqrt(diag(vcov(fit)))
  keep_all(case, c(paste0("cut", 1:4), "x", "z", "kind"), coef(fit), error)
  keep(case, sd = as.numeric(unlist(fit$ST)), log_likelihood = logLik(fit))
}
fit <- glmmTMB::glmmTMB(count ~ x + z + kind + (1 | cluster), data, family = glmmTMB::nbinom2,
  control = glmmTMB::glmmTMBControl(optCtrl = list(rel.tol = 1e-12)))
keep_all("negbin1", terms, glmmTMB::fixef(fit)$cond, sqrt(diag(vcov(fit)$cond)))
keep("negbin1", sd = sqrt(as.numeric(VarCorr(fit)$cond$cluster)), log_likelihood = logLik(fit),
  theta = sigma(fit))
write_as(do.call(rbind, kept), "random.csv", 17)
