# Least squares with errors clustered by organisation: sandwich::vcovCL (HC1, cadjust) on lm, t on
# G - 1 degrees of freedom, held against clubSandwich "CR1S".
source("tests/reference/_keep.R")

set.seed(20261121)
draw <- function(case, sizes) {
  g <- rep(seq_along(sizes), sizes)
  n <- length(g)
  kind <- sample(c("a", "b", "c"), n, replace = TRUE)
  x1 <- round(rnorm(n) + rnorm(length(sizes))[g], 3)
  x2 <- round(10 + 3 * rnorm(n), 2)
  effect <- c(a = 0, b = 0.6, c = -0.2)
  y <- round(1 + 0.5 * x1 - 0.1 * x2 + effect[kind] + rnorm(length(sizes), sd = 0.7)[g] + rnorm(n), 3)
  data.frame(case = case, cluster = g, y = y, x1 = x1, x2 = x2, kind = kind)
}
data <- rbind(
  draw("unequal", c(3, 25, 8, 12, 5, 40, 9, 2, 16, 7, 11, 6, 4, 10)),
  draw("equal", rep(6, 20)),
  draw("three_clusters", c(15, 22, 18))
)
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  fit <- lm(y ~ x1 + x2 + kind, each)
  variance <- sandwich::vcovCL(fit, cluster = each$cluster, type = "HC1", cadjust = TRUE)
  again <- clubSandwich::vcovCR(fit, cluster = each$cluster, type = "CR1S")
  stopifnot(all.equal(variance, as.matrix(again), check.attributes = FALSE))
  df <- length(unique(each$cluster)) - 1
  estimate <- coef(fit)
  std_error <- sqrt(diag(variance))
  terms <- c("intercept", "x1", "x2", "kind=b", "kind=c")
  for (k in seq_along(terms)) {
    t <- estimate[[k]] / std_error[[k]]
    keep(
      paste(case, terms[k], sep = ";"),
      n = nrow(each), groups = df + 1, estimate = estimate[[k]], std_error = std_error[[k]],
      statistic = t, df = df, p_value = 2 * pt(-abs(t), df),
      conf_low = estimate[[k]] - qt(0.975, df) * std_error[[k]],
      conf_high = estimate[[k]] + qt(0.975, df) * std_error[[k]]
    )
  }
}
write_topic("linear", data)
