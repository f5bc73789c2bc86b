# The random-intercept model by REML: lme4::lmer told to stop late, and nlme::lme; shrunken means with their
# errors: metafor::blup of group means, given lmer's variances. Position: survey::svymean with organisations as
# strata, Welch's degrees of freedom, stats::p.adjust.
source("tests/reference/_keep.R")
suppressMessages({library(lme4); library(metafor); library(survey)})

set.seed(20261126)
draw <- function(case, sizes, between, within = 1) {
  group <- rep(seq_along(sizes), sizes)
  effect <- rnorm(length(sizes), sd = between)
  y <- round(3.2 + effect[group] + rnorm(length(group), sd = within), 3)
  data.frame(case = case, group = group, y = y, weight = round(runif(length(group), 0.5, 2) * (1 + group %% 3), 3))
}
data <- rbind(
  draw("balanced", rep(6, 10), 0.6),
  draw("unbalanced", c(2, 3, 40, 7, 25, 11, 5, 60, 14, 1), 0.5),
  draw("no_difference", rep(c(12, 9), 4), 0),
  draw("far_apart", c(4, 5, 9, 3), 3, 0.3)
)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5), calc.derivs = FALSE,
  check.conv.singular = "ignore")
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  fit <- lmer(y ~ 1 + (1 | group), each, control = tight)
  variances <- as.data.frame(VarCorr(fit))$vcov
  n <- as.vector(table(each$group))
  mean <- as.vector(tapply(each$y, each$group, mean))
  blups <- blup(rma(yi = mean, vi = variances[2] / n, tau2 = variances[1], test = "z"))
  keep(case, mu = fixef(fit)[[1]], between = variances[1], within = variances[2])
  keep(case, setNames(as.vector(coef(fit)$group[, 1]), paste0("mean_", seq_along(n))))
  keep(case, setNames(blups$se, paste0("error_", seq_along(n))))
  design <- svydesign(ids = ~1, strata = ~group, weights = ~weight, data = each)
  options(survey.lonely.psu = "certainty")
  welch <- sapply(seq_along(n), function(g) {
    if (n[g] < 2) return(rep(NA, 4))
    own <- svymean(~y, subset(design, group == g))
    rest <- svymean(~y, subset(design, group != g))
    v <- c(vcov(own), vcov(rest))
    df <- sum(v)^2 / sum(v^2 / c(n[g] - 1, sum(pmax(n[-g] - 1, 0))))
    difference <- coef(own) - coef(rest)
    c(difference, sqrt(sum(v)), df, 2 * pt(-abs(difference) / sqrt(sum(v)), df))
  })
  for (row in 1:4) {
    name <- c("difference", "std_error", "df", "p_value")[row]
    keep(case, setNames(welch[row, ], paste(name, seq_along(n), sep = "_")))
  }
  keep(case, setNames(p.adjust(welch[4, ], "BH"), paste("q_value", seq_along(n), sep = "_")))
}
write_topic("shrinkage", data)
