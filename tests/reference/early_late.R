# The difference of two means whose variances differ: t.test, and the pooled standard deviation.
source("tests/reference/_keep.R")

set.seed(20261121)
data <- data.frame(
  part = rep(c("early", "late"), c(30, 22)),
  score = round(c(rnorm(30, 3, 0.5), rnorm(22, 3.4, 1.1)), 3),
  share = rbinom(52, 1, 0.3) * 100
)
data$score[c(3, 40)] <- NA
for (name in c("score", "share")) {
  a <- na.omit(data[data$part == "early", name])
  b <- na.omit(data[data$part == "late", name])
  found <- t.test(b, a)
  pooled <- sqrt(((length(a) - 1) * var(a) + (length(b) - 1) * var(b)) / (length(a) + length(b) - 2))
  keep(name,
    n_early = length(a), n_late = length(b), early = mean(a), late = mean(b),
    estimate = mean(b) - mean(a), std_error = found$stderr, df = found$parameter[[1]],
    low = found$conf.int[1], high = found$conf.int[2], effect_size = (mean(b) - mean(a)) / pooled
  )
}
write_topic("early_late", data)
