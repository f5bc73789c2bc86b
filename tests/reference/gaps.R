# The mean of weighted differences with errors clustered by organisation: clubSandwich's CR2 of lm(d ~ 1,
# weights) with Satterthwaite df, and with every person a cluster (HC2).
suppressMessages(library(clubSandwich))
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
  draw("weighted", c(5, 30, 12, 8, 22, 4, 60, 9, 14), TRUE),
  draw("uneven", c(2, 300, 12, 5, 22), TRUE)
)
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  each <- each[!is.na(each$current) & !is.na(each$desired), ]
  each$d <- each$desired - each$current
  fit <- lm(d ~ 1, each, weights = weight)
  gap <- coef(fit)[[1]]
  n <- nrow(each)
  spread <- sqrt(sum(each$weight * (each$d - gap)^2) / sum(each$weight) * n / (n - 1))
  by_organisation <- coef_test(fit, "CR2", cluster = each$cluster)
  by_person <- coef_test(fit, "CR2", cluster = seq_len(n))
  keep(
    case,
    n = n, groups = length(unique(each$cluster)),
    current = weighted.mean(each$current, each$weight),
    desired = weighted.mean(each$desired, each$weight),
    gap = gap, effect_size = gap / spread,
    std_error = by_organisation$SE, df = by_organisation$df_Satt,
    person_error = by_person$SE, person_df = by_person$df_Satt
  )
}
write_topic("gaps", data)
