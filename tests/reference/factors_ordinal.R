# Factor models of ordinal answers (WLSMV): items with two, three and five categories, missing answers
# pairwise, residual correlations, both scalings; over groups identified as Wu & Estabrook (2016) say
# (semTools), which the shared values have for six categories only.
source("tests/reference/_keep.R")
suppressMessages({library(lavaan); library(semTools)})

set.seed(20261124)
n <- 700
group <- rep(c("one", "two"), c(300, 400))
later <- group == "two"
factor <- rnorm(n, mean = ifelse(later, 0.4, 0), sd = ifelse(later, 1.2, 1))
other <- 0.5 * factor + rnorm(n)
loading <- c(1, 0.9, 0.8, 0.7, 0.9, 0.8, 0.7, 0.6)
latent <- sapply(1:8, function(i) loading[i] * (if (i <= 4) factor else other) + rnorm(n, sd = 0.8))
latent[later, 2] <- latent[later, 2] + 0.5
latent[, 6] <- latent[, 6] + 0.4 * latent[, 3]
cut_at <- function(x, thresholds) findInterval(x, thresholds)
five <- c(-1.3, -0.4, 0.5, 1.4)
codes <- sapply(1:8, function(i) cut_at(latent[, i], if (i == 4) 0.2 else if (i == 8) c(-0.5, 0.8) else five))
colnames(codes) <- paste0("y", 1:8)
data <- data.frame(group = group, codes)
holes <- codes
holes[matrix(runif(8 * n) < 0.07, n)] <- NA
data <- rbind(cbind(case = "complete", data), cbind(case = "holes", group = group, data.frame(holes)))
complete <- data[data$case == "complete", ]
missing <- data[data$case == "holes", ]
items <- colnames(codes)
two <- "a =~ y1 + y2 + y3 + y4\nb =~ y5 + y6 + y7 + y8"

kept_measures <- c(
  "npar", "srmr", "chisq", "df", "pvalue", "baseline.chisq", "baseline.df", "baseline.pvalue",
  "chisq.scaled", "df.scaled", "pvalue.scaled", "chisq.scaling.factor",
  "baseline.chisq.scaled", "baseline.df.scaled", "baseline.pvalue.scaled",
  paste0(rep(c("cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper"), 3),
    rep(c("", ".scaled", ".robust"), each = 5))
)
keep_fit <- function(case, fit) {
  estimates <- parameterEstimates(fit, remove.nonfree = FALSE)
  group <- if (is.null(estimates$group)) 1 else estimates$group
  label <- paste0(estimates$lhs, estimates$op, estimates$rhs, ".", group)
  keep(case, setNames(estimates$est, paste("est", label)))
  keep(case, setNames(estimates$se, paste("se", label)))
  standard <- standardizedSolution(fit)
  keep(case, setNames(standard$est.std, paste("std", label)))
  keep(case, setNames(standard$se, paste("std_se", label)))
  measures <- suppressWarnings(fitMeasures(fit))
  measures <- measures[intersect(names(measures), kept_measures)]
  keep(case, setNames(as.numeric(measures), paste("fit", names(measures))))
}

one_group <- function(frame, model, ...) cfa(model, frame, ordered = items, ...)
fit <- one_group(complete, two)
keep_fit("delta", fit)
keep_fit("theta", one_group(complete, two, parameterization = "theta"))
keep_fit("residuals", one_group(complete, paste0(two, "\ny3 ~~ y6")))
keep_fit("pairwise", one_group(missing, two, missing = "pairwise"))
found <- modindices(fit)
label <- paste0(found$lhs, found$op, found$rhs, ".1")
keep("delta", setNames(found$mi, paste("mi", label)), setNames(found$epc, paste("epc", label)))
for (observed in c(TRUE, FALSE)) {
  reliability <- compRelSEM(fit, obs.var = observed)
  keep("reliability", setNames(reliability, paste(if (observed) "omega_observed" else "omega", c("a", "b"))))
}
keep("reliability", setNames(AVE(fit), paste("ave", c("a", "b"))))

steps <- list(
  configural = "", thresholds = "thresholds", metric = c("thresholds", "loadings"),
  scalar = c("thresholds", "loadings", "intercepts"),
  strict = c("thresholds", "loadings", "intercepts", "residuals")
)
of_groups <- function(step, scaling, partial = NULL) {
  arguments <- list(two, data = complete, group = "group", ordered = items, parameterization = scaling,
    ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016", group.equal = steps[[step]], return.fit = TRUE)
  if (!is.null(partial)) arguments$group.partial <- partial
  do.call(measEq.syntax, arguments)
}
for (step in names(steps)) keep_fit(paste0("groups_", step), of_groups(step, "theta"))
for (step in c("thresholds", "scalar")) keep_fit(paste0("groups_delta_", step), of_groups(step, "delta"))
keep_fit("groups_partial", of_groups("scalar", "theta", "y2 ~ 1"))
fits <- lapply(names(steps), of_groups, scaling = "theta")
for (k in 2:5) {
  test <- lavTestLRT(fits[[k - 1]], fits[[k]])
  keep("groups_difference", setNames(test[2, "Chisq diff"], names(steps)[k]))
}

write_topic("factors_ordinal", data)
