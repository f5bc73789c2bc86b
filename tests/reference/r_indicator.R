# The R-indicator of a logistic model of response: propensities and their covariance by stats::glm, then
# the formulas of Schouten, Cobben & Bethlehem (2009) and of Shlomo, Skinner & Schouten (2012): "sample"
# with people invited at random within three strata, "census" with everyone invited.
source("tests/reference/_keep.R")

set.seed(20261121)
m <- 400
data <- data.frame(
  stratum = sample(1:3, m, replace = TRUE, prob = c(0.5, 0.3, 0.2)),
  level = sample(c("A", "B", "C"), m, replace = TRUE),
  age = sample(c("young", "old"), m, replace = TRUE)
)
data$came <- rbinom(m, 1, plogis(-0.6 + 0.5 * (data$level == "B") - 0.3 * (data$age == "old")))
data$weight <- c(1.6, 3, 9.5)[data$stratum]

variance_of_total <- function(values, weight, stratum) {
  sum(sapply(split(seq_along(values), stratum), function(i) {
    n <- length(i)
    N <- sum(weight[i])
    N^2 * (1 - n / N) * var(values[i]) / n
  }))
}
for (case in c("sample", "census")) {
  w <- if (case == "sample") data$weight else rep(1, m)
  data$normed <- w / mean(w)
  fit <- suppressWarnings(glm(came ~ level + age + factor(stratum), binomial, data,
    weights = normed, control = list(epsilon = 1e-14, maxit = 100)
  ))
  p <- fitted(fit)
  V <- vcov(fit)
  X <- model.matrix(fit)
  N <- sum(w)
  mean_p <- sum(w * p) / N
  S2 <- sum(w * (p - mean_p)^2) / (N - 1)
  z <- p * (1 - p) * X
  chance <- sum(w * diag(z %*% V %*% t(z)))
  left <- max(S2 - (chance - variance_of_total(p, w, data$stratum) / N) / N, 0)
  A <- cov.wt(cbind(p, z), w, method = "ML")$cov[-1, 1]
  B <- cov.wt(z, w, method = "ML")$cov
  C <- variance_of_total((p - mean_p)^2, w, data$stratum)
  BV <- B %*% V
  error <- sqrt((4 * t(A) %*% V %*% A + 2 * sum(diag(BV %*% BV)) + C / N^2) / S2)
  keep(case,
    rate = mean_p, unadjusted = 1 - 2 * sqrt(S2), adjusted = 1 - 2 * sqrt(left),
    std_error = as.numeric(error), largest_bias = sqrt(left) / mean_p
  )
  keep(paste0(case, "_fit"), setNames(p[1:5], paste0("p", 1:5)))
}
data$normed <- NULL
write_topic("r_indicator", data)
