# Moments of whole-numbered answers: e1071 with type = 2 (as SPSS), held against psych::describe.
source("tests/reference/_keep.R")

set.seed(20261121)
draw <- function(case, n, chances) {
  data.frame(case = case, answer = sample(seq_along(chances), n, replace = TRUE, prob = chances))
}
data <- rbind(
  draw("symmetric", 200, c(1, 3, 5, 3, 1)),
  draw("skewed", 150, c(1, 1, 2, 8, 20)),
  draw("two_peaks", 80, c(9, 1, 1, 1, 9)),
  draw("seven_points", 60, c(1, 2, 3, 4, 5, 6, 7)),
  data.frame(case = "three_people", answer = c(1L, 2L, 5L)),
  data.frame(case = "four_people", answer = c(1L, 2L, 2L, 5L))
)
for (case in unique(data$case)) {
  x <- data$answer[data$case == case]
  kurtosis <- if (length(x) > 3) e1071::kurtosis(x, type = 2) else NA
  found <- c(
    n = length(x), mean = mean(x), sd = sd(x), skew = e1071::skewness(x, type = 2), kurtosis = kurtosis
  )
  again <- psych::describe(x, type = 2)
  stopifnot(all.equal(found[["skew"]], again$skew))
  stopifnot(is.na(kurtosis) || isTRUE(all.equal(kurtosis, again$kurtosis)))
  keep(case, found)
}
write_topic("moments", data)
