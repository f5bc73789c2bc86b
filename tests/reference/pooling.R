# Rubin's rules: mice::pool on clustered regressions with CR2 covariances (clubSandwich) in every imputation, pooled
# by its formulas; D1 and D3 by mitml::testModels. The input is the completed data: three sets of imputations.
source("tests/reference/_keep.R")
suppressMessages({library(mice); library(mitml); library(clubSandwich)})

set.seed(20261122)
n <- 90
cluster <- rep(1:9, c(4, 6, 8, 10, 12, 14, 16, 8, 12))
x1 <- rnorm(n); x2 <- rnorm(n) + 0.4 * x1
y <- 1 + 0.6 * x1 - 0.2 * x2 + rnorm(9, sd = 0.5)[cluster] + rnorm(n)
gaps <- data.frame(y = round(y, 3), x1 = round(x1, 3), x2 = round(x2, 3))
gaps$x1[runif(n) < 0.3] <- NA
gaps$x2[runif(n) < 0.2 + 0.2 * (y > 1)] <- NA
gaps$y[runif(n) < 0.1] <- NA

data <- NULL
for (m in c(3, 20)) {
  done <- mice(gaps, m = m, method = "norm", seed = 100 + m, printFlag = FALSE)
  long <- complete(done, "long")
  data <- rbind(data, data.frame(case = paste0("m", m), imputation = long$.imp, cluster = cluster[long$.id],
    y = round(long$y, 6), x1 = round(long$x1, 6), x2 = round(long$x2, 6)))
}
for (case in unique(data$case)) {
  each <- split(data[data$case == case, ], data$imputation[data$case == case])
  fits <- lapply(each, function(d) lm(y ~ x1 + x2, d))
  nulls <- lapply(each, function(d) lm(y ~ 1, d))
  pooled <- pool(as.mira(fits))$pooled
  told <- summary(pool(as.mira(fits)), conf.int = TRUE)
  for (k in 1:3) {
    keep(paste(case, "lm", k, sep = ";"), estimate = pooled$estimate[k], std_error = sqrt(pooled$t[k]), df = pooled$df[k],
      riv = pooled$riv[k], fmi = pooled$fmi[k], p_value = told$p.value[k], low = told[["2.5 %"]][k], high = told[["97.5 %"]][k])
  }
  robust <- lapply(seq_along(fits), function(i) vcovCR(fits[[i]], each[[i]]$cluster, "CR2"))
  tested <- lapply(seq_along(fits), function(i) coef_test(fits[[i]], robust[[i]], "Satterthwaite"))
  for (k in 1:3) {
    q <- sapply(fits, function(f) coef(f)[k])
    own <- pool.scalar(q, sapply(robust, function(v) v[k, k]), n = Inf)
    df <- mice:::barnard.rubin(length(q), own$b, own$t, mean(sapply(tested, function(t) t$df[k])))
    keep(paste(case, "CR2", k, sep = ";"), estimate = own$qbar, std_error = sqrt(own$t), df = df, riv = own$r,
      df_complete = mean(sapply(tested, function(t) t$df[k])))
  }
  for (complete in c(Inf, 87)) {
    d1 <- testModels(fits, nulls, "D1", df.com = if (is.finite(complete)) complete)$test
    keep(paste(case, "D1", complete, sep = ";"), statistic = d1[1], df = d1[2], df_residual = d1[3], p_value = d1[4], riv = d1[5])
  }
  # D3: likelihoods at the mean estimates, the residual variance of a maximum-likelihood fit pooled as well
  d3 <- testModels(fits, nulls, "D3")$test
  keep(paste(case, "D3", 0, sep = ";"), statistic = d3[1], df = d3[2], df_residual = d3[3], p_value = d3[4], riv = d3[5])
}
write_topic("pooling", data)
