# Means, totals and ratios from people drawn by stratum, with weights that differ: survey::svymean,
# svytotal, svyratio; weights that were raked: survey::rake (equal weights before) and
# survey::calibrate(calfun = "raking") (unequal ones before).
source("tests/reference/_keep.R")
suppressMessages(library(survey))

set.seed(20261121)
sizes <- c(40, 25, 9, 1)
headcount <- c(300, 60, 12, 7)
stratum <- rep(seq_along(sizes), sizes)
n <- length(stratum)
data <- data.frame(
  stratum = stratum, population = headcount[stratum],
  weight = round((headcount / sizes)[stratum] * exp(rnorm(n, sd = 0.4)), 3),
  y = round(3 + stratum / 4 + rnorm(n), 3), x = round(5 + rexp(n), 3),
  sex = sample(c("f", "m"), n, replace = TRUE, prob = c(0.6, 0.4)),
  age = sample(c("a", "b", "c"), n, replace = TRUE)
)
data$rating <- pmin(pmax(round(data$y), 1), 5)
data$part <- ifelse(runif(n) < 0.7, data$y, NA)
options(survey.lonely.psu = "adjust")
finite <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, fpc = ~population, data = data)
replaced <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = data)
for (name in c("finite", "replaced")) {
  design <- get(name)
  found <- svymean(~y, design, deff = if (name == "finite") TRUE else "replace")
  interval <- confint(found, df = degf(design))
  keep(paste0(name, "_mean"), value = coef(found)[[1]], std_error = as.numeric(SE(found)),
    df = degf(design), low = interval[1], high = interval[2], design_effect = as.numeric(deff(found)))
  found <- svymean(~part, design, na.rm = TRUE)
  keep(paste0(name, "_domain"), value = coef(found)[[1]], std_error = as.numeric(SE(found)))
  found <- svytotal(~y, design)
  keep(paste0(name, "_total"), value = coef(found)[[1]], std_error = as.numeric(SE(found)))
  found <- svyratio(~y, ~x, design)
  keep(paste0(name, "_ratio"), value = coef(found)[[1]], std_error = as.numeric(SE(found)))
}

found <- svymean(~rating, replaced)
keep("moments", mean = coef(found)[[1]], sd = sqrt(as.numeric(svyvar(~rating, replaced))))
for (k in 1:3) { # each stratum for itself, with its own population
  own <- subset(data, stratum == k)
  found <- svymean(~y, svydesign(ids = ~1, weights = ~weight, fpc = ~population, data = own))
  keep(paste0("stratum", k), value = coef(found)[[1]], std_error = as.numeric(SE(found)))
}

targets <- list(sex = c(f = 190, m = 189), age = c(a = 100, b = 140, c = 139))
frames <- lapply(names(targets), function(v) {
  setNames(data.frame(names(targets[[v]]), as.numeric(targets[[v]])), c(v, "Freq"))
})
equal <- suppressWarnings(svydesign(ids = ~1, strata = ~stratum, data = data))
raked <- list(
  equal = rake(equal, list(~sex, ~age), frames, control = list(maxit = 500, epsilon = 1e-13)),
  unequal = calibrate(replaced, ~ sex + age, calfun = "raking", maxit = 500, epsilon = 1e-13,
    population = c(`(Intercept)` = 379, sexm = 189, ageb = 140, agec = 139))
)
for (name in names(raked)) {
  found <- svymean(~y, raked[[name]])
  keep(paste0("raked_", name), value = coef(found)[[1]], std_error = as.numeric(SE(found)),
    setNames(weights(raked[[name]])[1:5], paste0("weight", 1:5)),
    kish = 1 + (function(w) mean((w - mean(w))^2) / mean(w)^2)(weights(raked[[name]])))
}
stratified <- postStratify(replaced, ~sex, frames[[1]])
found <- svymean(~y, stratified)
keep("post_stratified", value = coef(found)[[1]], std_error = as.numeric(SE(found)),
  setNames(weights(stratified)[1:5], paste0("weight", 1:5)))
write_topic("design", data)
