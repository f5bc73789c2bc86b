# Errors of the same item asked twice: lavaan's two factors with residual covariances, full information. The
# reliability of a difference as the share of true variance in a linear combination, w'Tw / w'Sw, with the errors'
# covariances in T: another way to write the formula.
source("tests/reference/_keep.R")
suppressMessages(library(lavaan))

set.seed(20261201)
n <- 420
draw <- function(case, missing) {
  factors <- matrix(rnorm(2 * n), n) %*% chol(matrix(c(1, 0.25, 0.25, 1), 2))
  shared <- matrix(rnorm(4 * n), n)
  load <- list(c(0.8, 0.7, 0.6, 0.75), c(0.6, 0.7, 0.5, 0.55))
  answers <- lapply(1:2, function(k) {
    round(3 + outer(factors[, k], load[[k]]) + 0.35 * shared + matrix(rnorm(4 * n, sd = 0.6), n), 2)
  })
  x <- data.frame(case, answers[[1]], answers[[2]])
  names(x)[-1] <- c(paste0("I", 1:4, "_current"), paste0("I", 1:4, "_desired"))
  if (missing) for (name in names(x)[-1]) x[sample(n, 25), name] <- NA
  x
}
data <- rbind(draw("complete", FALSE), draw("missing", TRUE))
model <- paste(
  "c =~ I1_current + I2_current + I3_current + I4_current",
  "d =~ I1_desired + I2_desired + I3_desired + I4_desired",
  paste0("I", 1:4, "_current ~~ I", 1:4, "_desired", collapse = "\n"),
  sep = "\n"
)
for (case in unique(data$case)) {
  x <- data[data$case == case, -1]
  how <- if (case == "missing") list(missing = "ml", information = "observed") else list()
  fit <- do.call("cfa", c(list(model, x, std.lv = TRUE), how))
  found <- parameterEstimates(fit)
  for (k in 1:4) {
    row <- found[found$op == "~~" & found$lhs == paste0("I", k, "_current") & found$rhs == paste0("I", k, "_desired"), ]
    keep(case, setNames(c(row$est, row$se), paste0(c("covariance_", "error_"), k)))
  }
  scores <- cbind(rowMeans(x[, 1:4]), rowMeans(x[, 5:8]))
  scores <- scores[stats::complete.cases(scores), ]
  s <- cov(scores)
  own <- c(0.81, 0.68)
  common <- sum(found$est[found$op == "~~" & grepl("_current", found$lhs) & grepl("_desired", found$rhs)]) / 16
  w <- c(-1, 1)
  for (name in c("alone", "together")) {
    true <- s
    diag(true) <- own * diag(s)
    if (name == "together") true[1, 2] <- true[2, 1] <- s[1, 2] - common
    keep(case, setNames(drop(w %*% true %*% w / w %*% s %*% w), name))
  }
}
write_topic("difference_reliability", data)
