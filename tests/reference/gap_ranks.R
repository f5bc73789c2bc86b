# What stands beside gaps: signed ranks with clusters (Rosner, Glynn & Lee 2006, by their formulas with lm for
# the intraclass correlation: clusrank is not packaged), plain signed ranks by wilcox.test, agreement of
# rankings by cor and friedman.test, pooling by the formulas of Rubin (1987) and Barnard & Rubin (1999).
source("tests/reference/_keep.R")
set.seed(20261124)

sizes <- c(3, 25, 8, 14, 40, 1, 6, 19)
draw <- function(case, sizes, unit) {
  g <- rep(seq_along(sizes), sizes)
  d <- unit * round((0.4 + rnorm(length(sizes), sd = 0.5)[g] + rnorm(length(g))) / unit)
  data.frame(case = case, cluster = g, difference = d)
}
data <- rbind(draw("items", sizes, 1), draw("scales", sizes, 0.25), draw("equal", rep(10, 6), 1))
for (case in unique(data$case)) {
  each <- data[data$case == case & data$difference != 0, ]
  signed <- sign(each$difference) * rank(abs(each$difference))
  m <- length(unique(each$cluster))
  size <- as.vector(table(each$cluster))
  table <- anova(lm(signed ~ factor(each$cluster)))
  between <- table[1, "Mean Sq"]
  within <- table[2, "Mean Sq"]
  shared <- (between - within) / ((sum(size) - sum(size^2) / sum(size)) / (m - 1))
  r <- max(shared / (shared + within), 0)
  r <- min(r * (1 + (1 - r^2) / (2 * (m - 2.5))), 1)
  mean <- as.vector(tapply(signed, each$cluster, mean))
  weight <- size / (1 + (size - 1) * r)
  z <- sum(weight * mean) / sqrt(sum(weight^2 * mean^2))
  plain <- wilcox.test(each$difference, exact = FALSE, correct = FALSE)
  keep(case,
    n = nrow(each), groups = m, statistic = z, p_value = 2 * pnorm(-abs(z)),
    plain_p = plain$p.value,
    rank_biserial = 2 * plain$statistic[[1]] / sum(abs(signed)) - 1
  )
}

a <- c(5, 4, 4, 2, 1, 0, 3)
b <- c(3, 4, 5, 2, 2, 0, 0)
c <- c(1, 5, 4, 3, 2, 0, -1)
keep("agreement",
  spearman = cor(a, b, method = "spearman"),
  kendall_w = friedman.test(rbind(a, b, c))$statistic[[1]] / (3 * (length(a) - 1))
)

estimate <- c(1.20, 1.31, 1.15, 1.27)
variance <- c(0.012, 0.011, 0.014, 0.010)
m <- length(estimate)
within <- mean(variance)
total <- within + (1 + 1 / m) * var(estimate)
lambda <- (1 + 1 / m) * var(estimate) / total
complete <- 40
observed <- (complete + 1) / (complete + 3) * complete * (1 - lambda)
old <- (m - 1) / lambda^2
keep("pooling",
  estimate = mean(estimate), std_error = sqrt(total), df = old * observed / (old + observed)
)
write_topic("gap_ranks", data)
