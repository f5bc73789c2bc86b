# Effective number of organisations, rho = 1 (Carter, Schnepel & Steigerwald 2017), from the definition with
# n_g by n_g matrices, on the data of cluster_robust.R.
source("tests/reference/_keep.R")

data <- read.csv("tests/reference/cluster_robust_data.csv")
model <- lm(y ~ x1 + x2 + kind, data)
x <- model.matrix(model)
m <- solve(crossprod(x))
for (k in seq_len(ncol(x))) {
  gamma <- vapply(split(seq_len(nrow(x)), data$org), function(at) {
    own <- x[at, , drop = FALSE]
    (m %*% t(own) %*% matrix(1, length(at), length(at)) %*% own %*% m)[k, k]
  }, 0)
  keep("plain", setNames(length(gamma) / (1 + mean((gamma - mean(gamma))^2) / mean(gamma)^2), paste0("b_", k)))
}
write_as(do.call(rbind, kept), "effective_groups.csv", 17)
