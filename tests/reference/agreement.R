# ICC(1) with n0 of unequal groups, ICC(2), F and its p value, from the sums of stats::aov.
source("tests/reference/_keep.R")

set.seed(20261121)
draw <- function(case, sizes, between) {
  group <- rep(seq_along(sizes), sizes)
  effect <- rnorm(length(sizes), sd = between)
  data.frame(case = case, group = group, y = round(3 + effect[group] + rnorm(sum(sizes)), 3))
}
data <- rbind(
  draw("balanced", rep(8, 6), 0.6),
  draw("unbalanced", c(2, 3, 40, 7, 25, 11, 5), 0.5),
  draw("no_difference", c(12, 9, 15, 10), 0),
  draw("some_alone", c(1, 1, 1, 6, 4), 1),
  draw("two_groups", c(3, 5), 0.8)
)
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  table <- summary(aov(y ~ factor(group), each))[[1]]
  msb <- table[1, "Mean Sq"]
  msw <- table[2, "Mean Sq"]
  sizes <- table(each$group)
  n <- sum(sizes)
  n0 <- (n - sum(sizes^2) / n) / (length(sizes) - 1)
  keep(
    case,
    groups = length(sizes), n = n, icc1 = (msb - msw) / (msb + (n0 - 1) * msw), icc2 = (msb - msw) / msb,
    f = table[1, "F value"], p_value = table[1, "Pr(>F)"]
  )
}
write_topic("agreement", data)
