# Shares of 100 compared by their ratios. There is no package of Aitchison's geometry in Debian 12, so that the
# definitions are spelled out here another way than in the code: variances by stats::cov.wt of log ratios taken
# pair by pair, coordinates by a basis from stats::contr.helmert; means with clubSandwich's CR2; the joint test with
# organisations of one person and equal weights by Hotelling's T2 from stats::mahalanobis.
source("tests/reference/_keep.R")
suppressMessages(library(clubSandwich))

set.seed(20261130)
dirichlet <- function(n, alpha) {
  x <- matrix(rgamma(n * length(alpha), rep(alpha, each = n)), n)
  x / rowSums(x)
}
whole <- function(x) {
  points <- floor(100 * x)
  for (i in seq_len(nrow(x))) {
    left <- 100 - sum(points[i, ])
    up <- order(points[i, ] - 100 * x[i, ])[seq_len(left)]
    points[i, up] <- points[i, up] + 1
  }
  points
}
draw <- function(case, sizes, weighted) {
  n <- sum(sizes)
  cluster <- rep(seq_along(sizes), sizes)
  current <- whole(dirichlet(n, c(0.9, 3, 2, 1.2)))
  desired <- whole(dirichlet(n, c(2.6, 3, 2.4, 2)))
  weight <- if (weighted) round(runif(n, 0.5, 2), 3) else rep(1, n)
  data.frame(case, cluster, weight, c = current, d = desired)
}
data <- rbind(
  draw("clustered", c(4, 11, 7, 20, 5, 9, 14, 3), TRUE),
  draw("alone", rep(1, 40), FALSE)
)
replaced <- function(x, zero) {
  t(apply(x, 1, function(row) {
    empty <- row == 0
    row[!empty] <- row[!empty] * (100 - sum(empty) * zero) / 100
    row[empty] <- zero
    row
  }))
}
geometric <- function(x, w) {
  g <- apply(x, 2, function(part) exp(weighted.mean(log(part), w)))
  100 * g / sum(g)
}
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  w <- each$weight
  now <- replaced(as.matrix(each[, paste0("c.", 1:4)]), 0.65)
  wanted <- replaced(as.matrix(each[, paste0("d.", 1:4)]), 0.65)
  parts <- list(current = now, desired = wanted, change = wanted / now)
  for (name in names(parts)) {
    x <- parts[[name]]
    keep(case, setNames(geometric(x, w), paste0(name, "_centre_", 1:4)))
    for (i in 1:3) for (j in (i + 1):4) {
      ratio <- log(x[, i] / x[, j])
      n <- length(ratio)
      spread <- cov.wt(cbind(ratio), w / sum(w), method = "ML")$cov[1, 1] * n / (n - 1)
      keep(case, setNames(c(weighted.mean(ratio, w), spread), paste0(name, c("_mean_", "_variance_"), i, j)))
    }
    clr <- log(x) - rowMeans(log(x))
    keep(case, setNames(sum(diag(cov.wt(clr, w / sum(w), method = "ML")$cov)) * nrow(x) / (nrow(x) - 1), paste0(name, "_total")))
  }
  given <- as.matrix(each[, c(paste0("c.", 1:4), paste0("d.", 1:4))])
  moved <- given[, 5:8] - given[, 1:4]
  balances <- sapply(1:4, function(j) {
    x <- parts$change
    sqrt(3 / 4) * (log(x[, j]) - rowMeans(log(x[, -j])))
  })
  columns <- cbind(given, moved, balances)
  colnames(columns) <- c(paste0("current_", 1:4), paste0("desired_", 1:4), paste0("moved_", 1:4), paste0("balance_", 1:4))
  for (name in colnames(columns)) {
    fit <- lm(y ~ 1, data.frame(y = columns[, name]), weights = w)
    test <- coef_test(fit, vcov = "CR2", cluster = each$cluster)
    keep(case, setNames(
      c(test$beta, test$SE, test$df_Satt, test$p_Satt),
      paste0(name, c("_value", "_std_error", "_df", "_p_value"))
    ))
  }
  helmert <- contr.helmert(4)
  basis <- sweep(helmert, 2, sqrt(colSums(helmert^2)), "/")
  coordinates <- log(parts$change) %*% basis
  g <- length(unique(each$cluster))
  many <- lm(coordinates ~ 1, weights = w)
  mean <- coef(many)[1, ]
  v <- vcovCR(many, cluster = each$cluster, type = "CR1")
  squared <- if (case == "alone") {
    nrow(coordinates) * mahalanobis(colMeans(coordinates), 0, cov(coordinates))
  } else {
    drop(mean %*% solve(v, mean))
  }
  f <- (g - 3) / (3 * (g - 1)) * squared
  keep(case, joint_f = f, joint_df = g - 3, joint_p = pf(f, 3, g - 3, lower.tail = FALSE), distance = sqrt(sum(mean^2)))
}
write_topic("portfolio", data)
