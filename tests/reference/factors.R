# Factor models that the shared values leave out: lavaan (0.6-14) for second order, bifactor, residual
# correlations, full information with several groups, organisations as clusters, modification indices and
# score tests; semTools for reliability and HTMT. What lavaan does not have, errors and score tests by
# organisations that span groups, is put together here from its scores and information.
source("tests/reference/_keep.R")
suppressMessages({library(lavaan); library(semTools)})

# ---------------------------------------------------------------------------------------------- answers

set.seed(20261122)
n <- 480
org <- sample(1:40, n, replace = TRUE)
lang <- sample(c("en", "fr", "nl"), n, replace = TRUE, prob = c(0.3, 0.3, 0.4))
higher <- rnorm(n) + rnorm(40, sd = 0.4)[org]
loading <- c(1, 0.9, 0.8, 0.6, 1, 0.9, 0.8, 0.7, 1, 0.8, 0.9, 0.6)
factors <- sapply(1:3, function(k) 0.6 * higher + rnorm(n, sd = 0.7) + rnorm(40, sd = 0.2)[org])
raw <- sapply(1:12, function(i) loading[i] * factors[, (i + 3) %/% 4] + rnorm(n, sd = 0.75))
raw[lang == "fr", 2] <- raw[lang == "fr", 2] + 0.8
raw[, 7] <- raw[, 7] + 0.4 * (raw[, 3] - factors[, 1])
answers <- pmin(pmax(round(3.2 + 0.9 * raw), 1), 5)
colnames(answers) <- paste0("y", 1:12)
holes <- answers
holes[matrix(runif(12 * n) < 0.06, n)] <- NA
holes[answers[, 1] >= 4 & runif(n) < 0.25, 5] <- NA
data <- rbind(
  data.frame(case = "complete", org = org, lang = lang, answers),
  data.frame(case = "holes", org = org, lang = lang, holes)
)
complete <- data[data$case == "complete", ]
missing <- data[data$case == "holes", ]

correlated <- "a =~ y1 + y2 + y3 + y4\nb =~ y5 + y6 + y7 + y8\nc =~ y9 + y10 + y11 + y12"
one <- "a =~ y1 + y2 + y3 + y4"

kept_measures <- c(
  "npar", "logl", "aic", "bic", "srmr", "srmr_bentler_nomean",
  "chisq", "df", "pvalue", "baseline.chisq", "baseline.df", "baseline.pvalue",
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

keep_modifications <- function(case, fit) {
  found <- modindices(fit)
  group <- if (is.null(found$group)) 1 else found$group
  label <- paste0(found$lhs, found$op, found$rhs, ".", group)
  keep(case, setNames(found$mi, paste("mi", label)))
  keep(case, setNames(found$epc, paste("epc", label)))
  keep(case, setNames(found$sepc.all, paste("sepc", label)))
}

# ---------------------------------------------------------------------------------- one group, complete

fit <- cfa(correlated, complete)
keep_fit("correlated", fit)
keep_modifications("correlated", fit)
keep_fit("residuals", cfa(paste0(correlated, "\ny3 ~~ y7"), complete))
second <- cfa(paste0(correlated, "\nh =~ a + b + c"), complete)
keep_fit("second_order", second)
keep_fit("second_order_unit", cfa(paste0(correlated, "\nh =~ a + b + c"), complete, std.lv = TRUE))
general <- paste0("g =~ ", paste0("y", 1:12, collapse = " + "), "\n", correlated)
bifactor <- cfa(general, complete, orthogonal = TRUE, std.lv = TRUE)
keep_fit("bifactor", bifactor)
method <- paste0(correlated, "\nm =~ ", paste0("y", 1:12, collapse = " + "), "\nm ~~ 0 * a + 0 * b + 0 * c")
keep_fit("method", cfa(method, complete, std.lv = TRUE))
keep_fit("one_factor_robust", cfa(one, complete, estimator = "MLR"))
keep_fit("clustered", cfa(correlated, complete, estimator = "MLR", cluster = "org"))

keep("reliability", setNames(compRelSEM(fit, obs.var = FALSE), paste("omega", c("a", "b", "c"))))
keep("reliability", setNames(compRelSEM(fit), paste("omega_observed", c("a", "b", "c"))))
keep("reliability", setNames(AVE(fit), paste("ave", c("a", "b", "c"))))
keep("reliability", "omega h" = compRelSEM(second, obs.var = FALSE, higher = "h")[["h"]])
keep("reliability", "omega_observed h" = compRelSEM(second, higher = "h")[["h"]])
total <- sum(fitted(bifactor)$cov)
keep("reliability", "omega g" = sum(lavInspect(bifactor, "est")$lambda[, "g"])^2 / total)

# ------------------------------------------------------------------------------------- missing, clusters

keep_fit("missing", cfa(correlated, missing, missing = "fiml"))
keep_fit("missing_robust", cfa(correlated, missing, missing = "fiml", estimator = "MLR"))
keep_fit("missing_clustered",
  cfa(correlated, missing, missing = "fiml", estimator = "MLR", cluster = "org"))

# ---------------------------------------------------------------------------------------- several groups

levels <- list(
  configural = "none", metric = "loadings", scalar = c("loadings", "intercepts"),
  strict = c("loadings", "intercepts", "residuals")
)
languages <- c("en", "fr", "nl")
order_groups <- function(frame) frame[order(match(frame$lang, languages)), ]
fit_level <- function(frame, model, level, ...) {
  cfa(model, order_groups(frame), group = "lang", group.equal = levels[[level]],
    group.label = languages, ...)
}
for (level in names(levels)) {
  keep_fit(paste0("groups_", level), fit_level(complete, correlated, level))
  robust <- fit_level(missing, one, level, missing = "fiml", estimator = "MLR")
  keep_fit(paste0("groups_missing_", level), robust)
}
tests <- lavTestLRT(
  fit_level(missing, one, "configural", missing = "fiml", estimator = "MLR"),
  fit_level(missing, one, "metric", missing = "fiml", estimator = "MLR"),
  fit_level(missing, one, "scalar", missing = "fiml", estimator = "MLR")
)
keep("groups_missing_difference", metric = tests[2, "Chisq diff"], scalar = tests[3, "Chisq diff"])
keep_modifications("groups_metric", fit_level(complete, correlated, "metric"))
freed <- cfa(one, order_groups(complete), group = "lang", group.equal = levels$scalar,
  group.partial = "y2~1", group.label = languages)
keep_fit("groups_partial", freed)

# lavTestScore counts constraints, not what they restrict: the joint test of one item's two intercepts.
release_of <- function(fit, item) {
  table <- parTable(fit)
  intercepts <- table$plabel[table$lhs == item & table$op == "~1"]
  equal <- table[table$op == "==", ]
  which(equal$rhs %in% intercepts)
}
for (item in paste0("y", 1:4)) {
  scalar <- fit_level(complete, one, "scalar")
  found <- lavTestScore(scalar, release = release_of(scalar, item), univariate = FALSE)$test
  keep("score_plain", setNames(found$X2, item))
}

# Robust, by organisations that span languages: all parameters apart (no equality), scores summed by
# organisation over groups about their means in each, the observed information; then s' (M' B M)^-1 s.
apart <- function(scalar) {
  table <- parTable(scalar)
  equal <- table[table$op == "==", ]
  list(
    scores = lavScores(scalar, ignore.constraints = TRUE, remove.duplicated = FALSE),
    information = lavInspect(scalar, "information.observed") * lavInspect(scalar, "ntotal"),
    free = table$plabel[table$free > 0],
    equal = equal
  )
}
jacobian <- function(parts, left_out) {
  equal <- parts$equal[!seq_len(nrow(parts$equal)) %in% left_out, ]
  rows <- matrix(0, nrow(equal), length(parts$free))
  for (k in seq_len(nrow(equal))) {
    rows[k, parts$free == equal$lhs[k]] <- 1
    rows[k, parts$free == equal$rhs[k]] <- -1
  }
  rows
}
null_space <- function(rows) {
  turned <- svd(rows, nv = ncol(rows))
  turned$v[, (sum(turned$d > 1e-10) + 1):ncol(rows), drop = FALSE]
}
robust_score <- function(scalar, cluster, item) {
  parts <- apart(scalar)
  held <- null_space(jacobian(parts, integer(0)))
  wider <- null_space(jacobian(parts, release_of(scalar, item)))
  added <- wider %*% null_space(t(t(wider) %*% held))
  A <- parts$information
  languages <- lavInspect(scalar, "group.label")[rep(1:3, lavInspect(scalar, "nobs"))]
  centred <- parts$scores - apply(parts$scores, 2, function(score) ave(score, languages))
  products <- crossprod(rowsum(centred, cluster)) * 40 / 39
  M <- added - held %*% solve(t(held) %*% A %*% held, t(held) %*% A %*% added)
  s <- t(added) %*% colSums(parts$scores)
  as.numeric(t(s) %*% solve(t(M) %*% products %*% M, s))
}
for (item in paste0("y", 1:4)) {
  scalar <- fit_level(complete, one, "scalar", estimator = "MLR")
  keep("score_clustered", setNames(robust_score(scalar, order_groups(complete)$org, item), item))
  scalar <- fit_level(missing, one, "scalar", estimator = "MLR", missing = "fiml")
  keep("score_clustered_missing",
    setNames(robust_score(scalar, order_groups(missing)$org, item), item))
}

# Errors and scaling of a model of groups whose organisations span them.
scalar <- fit_level(complete, one, "scalar", estimator = "MLR")
parts <- apart(scalar)
held <- null_space(jacobian(parts, integer(0)))
bread <- held %*% solve(t(held) %*% parts$information %*% held, t(held))
products <- crossprod(rowsum(parts$scores, order_groups(complete)$org)) * 40 / 39
errors <- sqrt(diag(bread %*% products %*% bread))
table <- parTable(scalar)
table <- table[table$free > 0, ]
keep("groups_clustered", setNames(errors, paste0("se ", table$lhs, table$op, table$rhs, ".", table$group)))
saturated <- cfa("y1 ~~ y2 + y3 + y4\ny2 ~~ y3 + y4\ny3 ~~ y4", order_groups(complete), group = "lang",
  group.label = languages, estimator = "MLR")
free <- crossprod(rowsum(lavScores(saturated), order_groups(complete)$org)) * 40 / 39
information <- lavInspect(saturated, "information.observed") * lavInspect(saturated, "ntotal")
scaling <- (sum(diag(solve(information, free))) - sum(bread * products)) / fitMeasures(scalar, "df")
keep("groups_clustered", "scaling" = as.numeric(scaling))

# ------------------------------------------------------------------------------------------------- HTMT

for (geometric in c(FALSE, TRUE)) {
  for (frame in c("complete", "holes")) {
    answers <- data[data$case == frame, paste0("y", 1:12)]
    r <- cor(answers, use = "pairwise.complete.obs")
    ratio <- htmt(correlated, sample.cov = r, htmt2 = geometric)
    keep(paste0("htmt_", frame, if (geometric) "_geometric" else ""),
      "a b" = ratio["b", "a"], "a c" = ratio["c", "a"], "b c" = ratio["c", "b"])
  }
}

write_topic("factors", data)
