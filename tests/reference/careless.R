# Signs of careless answering, from base R: rle, sd, cor and mahalanobis, each over the answers that a
# person gave. Means and covariance of data with missing answers: lavaan's EM of the unrestricted model,
# run to its end. The package careless says the same of complete answers (its even-odd with the sign turned).
source("tests/reference/_keep.R")
suppressMessages(library(lavaan))

set.seed(20261121)
scales <- list(1:4, 5:8, 9:11, 12:14)
draw <- function(case, n, missing) {
  f <- matrix(rnorm(n * length(scales)), n) * 0.8 + rnorm(n) * 0.5
  x <- do.call(cbind, lapply(seq_along(scales), function(k) f[, k] + matrix(rnorm(n * length(scales[[k]])), n)))
  x[, c(4, 10)] <- -x[, c(4, 10)]
  x <- pmin(pmax(round(3 + 1.1 * x), 1), 5)
  x[1, ] <- 3                       # one answer throughout
  x[2, ] <- rep(c(1, 5), 7)         # and two in turn
  x[matrix(runif(length(x)), n) < missing] <- NA
  if (missing > 0) x[3, ] <- c(rep(NA, 13), 2)
  if (missing > 0) x[4, ] <- NA
  data.frame(case = case, x)
}
data <- rbind(draw("complete", 120, 0), draw("missing", 160, 0.12))

within <- function(a, b) {
  both <- !is.na(a) & !is.na(b)
  if (sum(both) < 2) return(NA)
  suppressWarnings(cor(a[both], b[both]))
}
for (case in unique(data$case)) {
  x <- as.matrix(data[data$case == case, -1])
  turned <- x
  turned[, c(4, 10)] <- 6 - x[, c(4, 10)]
  runs <- lapply(seq_len(nrow(x)), function(i) rle(x[i, !is.na(x[i, ])])$lengths)
  half <- function(odd) sapply(scales, function(s) {
    rowMeans(turned[, s[(seq_along(s) %% 2 == 1) == odd], drop = FALSE], na.rm = TRUE)
  })
  odd <- half(TRUE)
  even <- half(FALSE)
  halves <- sapply(seq_len(nrow(x)), function(i) within(odd[i, ], even[i, ]))
  r <- cor(x, use = "pairwise.complete.obs")
  r[upper.tri(r, diag = TRUE)] <- NA
  over <- function(pairs) sapply(seq_len(nrow(x)), function(i) within(x[i, pairs[, 1]], x[i, pairs[, 2]]))
  answered <- rowSums(!is.na(x)) > 0
  patterns <- lavaan:::lav_data_missing_patterns(x[answered, ])
  em <- lavaan:::lav_mvnorm_missing_h1_estimate_moments(x[answered, ], Mp = patterns, max.iter = 1e5, tol = 1e-13)
  distance <- sapply(seq_len(nrow(x)), function(i) {
    o <- !is.na(x[i, ])
    if (any(o)) mahalanobis(x[i, o], em$Mu[o], em$Sigma[o, o]) else NA
  })
  each <- list(
    longest = sapply(runs, function(l) if (length(l)) max(l) else NA),
    average = sapply(runs, function(l) if (length(l)) mean(l) else NA),
    variability = apply(x, 1, sd, na.rm = TRUE),
    even_odd = ifelse(halves <= -1 / 3, -1, 2 * halves / (1 + halves)),
    synonyms = over(which(r > 0.4, arr.ind = TRUE)),
    antonyms = over(which(r < -0.3, arr.ind = TRUE)),
    mahalanobis = distance,
    mahalanobis_p = pchisq(distance, rowSums(!is.na(x)), lower.tail = FALSE)
  )
  for (name in names(each)) {
    do.call(keep, c(list(case), setNames(as.list(unname(each[[name]])), paste0(name, "_", seq_len(nrow(x))))))
  }
  keep(
    case,
    synonym_pairs = sum(r > 0.4, na.rm = TRUE), antonym_pairs = sum(r < -0.3, na.rm = TRUE),
    r = r[lower.tri(r)], mean = unname(em$Mu), covariance = em$Sigma[lower.tri(em$Sigma, diag = TRUE)]
  )
}
write_topic("careless", data)
