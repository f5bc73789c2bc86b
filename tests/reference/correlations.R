# Pearson's r with cluster-robust error: survey::svyvar, then svycontrast of cov / sqrt(var var).
# The interval is Fisher's, with t on G - 1 degrees of freedom.
source("tests/reference/_keep.R")
suppressMessages(library(survey))

set.seed(20261121)
draw <- function(case, sizes, within, between) {
  g <- rep(seq_along(sizes), sizes)
  a <- rnorm(length(sizes))
  b <- between * a + sqrt(1 - between^2) * rnorm(length(sizes))
  e <- rnorm(sum(sizes))
  f <- within * e + sqrt(1 - within^2) * rnorm(sum(sizes))
  data.frame(case = case, cluster = g, x = round(0.5 * a[g] + e, 3), y = round(0.5 * b[g] + f, 3))
}
data <- rbind(
  draw("unequal", c(2, 3, 5, 30, 12, 8, 1, 9, 14, 6, 4, 20), 0.4, 0.7),
  draw("opposite", rep(7, 10), -0.5, 0.8),
  draw("strong", rep(5, 9), 0.97, 0.97),
  draw("three_clusters", c(10, 14, 9), 0.3, 0),
  draw("each_alone", rep(1, 40), 0.5, 0.5)
)
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  design <- svydesign(ids = ~cluster, weights = ~1, data = each)
  moments <- svyvar(~ x + y, design)
  entries <- c(xx = moments[1, 1], xy = moments[1, 2], yy = moments[2, 2])
  covariance <- vcov(moments)[c(1, 2, 4), c(1, 2, 4)]
  stat <- structure(entries, var = covariance, statistic = "variance", class = "svystat")
  dimnames(attr(stat, "var")) <- list(names(entries), names(entries))
  found <- svycontrast(stat, quote(xy / sqrt(xx * yy)))
  r <- as.numeric(coef(found))
  std_error <- as.numeric(SE(found))
  df <- length(unique(each$cluster)) - 1
  z_error <- std_error / (1 - r^2)
  half <- qt(0.975, df) * z_error
  keep(
    case,
    n = nrow(each), groups = df + 1, r = r, std_error = std_error, df = df,
    low = tanh(atanh(r) - half), high = tanh(atanh(r) + half),
    p_value = 2 * pt(-abs(atanh(r)) / z_error, df)
  )
  stopifnot(all.equal(r, cor(each$x, each$y)))
}
write_topic("correlations", data)
