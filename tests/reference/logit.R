# Logistic regression with errors clustered by organisation: sandwich::vcovCL (HC1, cadjust) on glm,
# t on G - 1 degrees of freedom.
source("tests/reference/_keep.R")

set.seed(20261122)
draw <- function(case, sizes) {
  g <- rep(seq_along(sizes), sizes)
  n <- length(g)
  kind <- sample(c("a", "b"), n, replace = TRUE)
  x <- round(rnorm(n) + 0.5 * rnorm(length(sizes))[g], 3)
  eta <- -0.3 + 0.8 * x + c(a = 0, b = 0.5)[kind] + rnorm(length(sizes), sd = 0.5)[g]
  data.frame(case = case, cluster = g, y = rbinom(n, 1, plogis(eta)), x = x, kind = kind)
}
data <- rbind(
  draw("unequal", c(3, 25, 8, 12, 5, 40, 9, 6, 16, 7, 11, 6, 4, 10)),
  draw("equal", rep(9, 20))
)
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  fit <- glm(y ~ x + kind, binomial, each, control = glm.control(epsilon = 1e-14, maxit = 100))
  variance <- sandwich::vcovCL(fit, cluster = each$cluster, type = "HC1", cadjust = TRUE)
  df <- length(unique(each$cluster)) - 1
  std_error <- sqrt(diag(variance))
  terms <- c("intercept", "x", "kind=b")
  for (k in seq_along(terms)) {
    estimate <- coef(fit)[[k]]
    t <- estimate / std_error[[k]]
    keep(
      paste(case, terms[k], sep = ";"),
      estimate = estimate, std_error = std_error[[k]], statistic = t, df = df,
      p_value = 2 * pt(-abs(t), df),
      low = estimate - qt(0.975, df) * std_error[[k]],
      high = estimate + qt(0.975, df) * std_error[[k]]
    )
  }
}
write_topic("logit", data)
