# Weighted means of groups, each as a sample of its own: survey::svymean.
source("tests/reference/_keep.R")
suppressMessages(library(survey))

set.seed(20261121)
sizes <- c(2, 3, 10, 45)
group <- rep(seq_along(sizes), sizes)
data <- data.frame(
  group = group,
  y = round(3 + rnorm(length(group)), 3),
  unequal = round(exp(rnorm(length(group), sd = 0.6)), 3),
  equal = 2.5
)
for (weight in c("unequal", "equal")) {
  for (g in seq_along(sizes)) {
    each <- data[data$group == g, ]
    design <- svydesign(ids = ~1, weights = each[[weight]], data = each)
    found <- svymean(~y, design)
    interval <- confint(found, df = degf(design))
    keep(
      paste0(weight, g),
      n = nrow(each), mean = coef(found)[[1]], std_error = as.numeric(SE(found)),
      low = interval[1], high = interval[2]
    )
    if (weight == "equal") stopifnot(all.equal(as.numeric(SE(found)), sd(each$y) / sqrt(nrow(each))))
  }
}
write_topic("means", data)
