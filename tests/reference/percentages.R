# Shares of answers as ratios of totals: survey::svytotal, then svycontrast of one ratio, or of the
# mean of three. Answers 1-5, 99 is don't know, empty is not answered; positive is 4 or 5.
source("tests/reference/_keep.R")
suppressMessages(library(survey))

set.seed(20261121)
people <- 90
common <- rnorm(people)
answer <- function(loading) {
  x <- pmin(pmax(round(3.2 + loading * common + rnorm(people)), 1), 5)
  x[sample(people, 9)] <- 99
  x[sample(people, 5)] <- NA
  as.integer(x)
}
data <- data.frame(
  organisation = sample(1:3, people, replace = TRUE, prob = c(1, 2, 4)),
  weight = round(exp(rnorm(people, sd = 0.7)), 3),
  A = answer(1), B = answer(0.8), C = answer(-0.3)
)

ratios <- function(each, rule, is_kind) {
  for (item in c("A", "B", "C")) {
    x <- each[[item]]
    in_base <- !is.na(x) & (rule == "all" | x != 99)
    each[[paste0("top", item)]] <- as.numeric(in_base & is_kind(x))
    each[[paste0("base", item)]] <- as.numeric(in_base)
  }
  design <- svydesign(ids = ~1, weights = ~weight, data = each)
  svytotal(~ topA + baseA + topB + baseB + topC + baseC, design)
}
kinds <- list(
  positive = function(x) x %in% 4:5, neutral = function(x) x %in% 3, negative = function(x) x %in% 1:2
)
groups <- c(list(all = data), split(data, paste0("organisation", data$organisation)))
for (name in names(groups)) {
  for (rule in c("valid", "all")) {
    for (kind in names(kinds)) {
      totals <- ratios(groups[[name]], rule, kinds[[kind]])
      targets <- list(
        A = quote(topA / baseA), B = quote(topB / baseB), C = quote(topC / baseC),
        scale = quote((topA / baseA + topB / baseB + topC / baseC) / 3)
      )
      for (target in names(targets)) {
        found <- svycontrast(totals, targets[[target]])
        case <- paste(name, rule, target, sep = ";")
        keep(case, setNames(as.numeric(coef(found)), kind))
        if (kind == "positive") keep(case, people = nrow(groups[[name]]), std_error = as.numeric(SE(found)))
      }
    }
  }
}
write_topic("percentages", data)
