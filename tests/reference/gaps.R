# The mean of weighted differences with errors clustered by organisation: lm(d ~ 1, weights), sandwich::
# vcovCL (HC1, cadjust; (n - 1)/(n - k) is 1 here), t on G - 1 degrees of freedom.
source("tests/reference/_keep.R")

set.seed(20261123)
draw <- function(case, sizes, weighted) {
  g <- rep(seq_along(sizes), sizes)
  n <- length(g)
  current <- pmin(5, pmax(1, round(2.7 + rnorm(length(sizes), sd = 0.4)[g] + rnorm(n))))
  desired <- pmin(5, pmax(1, round(4 + 0.2 * (current - 2.7) + rnorm(n, sd = 0.8))))
  weight <- if (weighted) round(rgamma(n, 4, 4), 3) + 0.01 else rep(1, n)
  desired[sample(n, 5)] <- NA
  current[sample(n, 4)] <- NA
  data.frame(case = case, cluster = g, current = current, desired = desired, weight = weight)
}
data <- rbind(
  draw("unweighted", c(5, 30, 12, 8, 22, 4, 60, 9), FALSE),
  draw("weighted", c(5, 30, 12, 8, 22, 4, 60, 9, 14), TRUE)
)
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  each <- each[!is.na(each$current) & !is.na(each$desired), ]
  each$d <- each$desired - each$current
  fit <- lm(d ~ 1, each, weights = weight)
  error <- sqrt(sandwich::vcovCL(fit, cluster = each$cluster, type = "HC1", cadjust = TRUE)[1, 1])
  df <- length(unique(each$cluster)) - 1
  gap <- coef(fit)[[1]]
  n <- nrow(each)
  spread <- sqrt(sum(each$weight * (each$d - gap)^2) / sum(each$weight) * n / (n - 1))
  keep(
    case,
    n = n, groups = df + 1,
    current = weighted.mean(each$current, each$weight),
    desired = weighted.mean(each$desired, each$weight),
    estimate = gap, std_error = error, df = df,
    low = gap - qt(0.975, df) * error, high = gap + qt(0.975, df) * error,
    effect_size = gap / spread
  )
}
write_topic("gaps", data)
