# Agreement within groups: multilevel::rwg.j, rwg.j.lindell, ad.m, rwg. Within and between: multilevel::waba,
# stats::aov.
source("tests/reference/_keep.R")
suppressMessages(library(multilevel))

set.seed(20261125)
sizes <- c(2, 3, 11, 25, 40, 14, 10, 9)
group <- rep(seq_along(sizes), sizes)
draw <- function(spread) pmin(pmax(round(3.4 + rnorm(8, sd = 0.5)[group] + spread * rnorm(length(group))), 1), 5)
data <- data.frame(group = group, i1 = draw(0.9), i2 = draw(1.1), i3 = draw(1.6), i4 = draw(0.7))
data$i1[group == 3] <- 4 # everyone the same in one item, and in all items:
data[group == 2, c("i1", "i2", "i3", "i4")] <- 5
data[group == 1, c("i1", "i2", "i3", "i4")] <- rep(c(1, 5), 4) # and as far apart as can be
items <- data[c("i1", "i2", "i3", "i4")]
per_group <- function(name, found) keep("four_items", setNames(found[, 2], paste(name, found$grpid, sep = "_")))
per_group("rwg_uniform", rwg.j(items, group, ranvar = 2))
per_group("rwg_skewed", rwg.j(items, group, ranvar = 1.34))
per_group("rwg_star", rwg.j.lindell(items, group, ranvar = 2))
per_group("ad_mean", ad.m(items, group, type = "mean"))
per_group("ad_median", ad.m(items, group, type = "median"))
single <- rwg(data$i3, group, ranvar = 2)
keep("one_item", setNames(single[, 2], paste("rwg_uniform", single$grpid, sep = "_")))
x <- rowMeans(items)
y <- data$i2 + rnorm(length(group))
data$y <- round(y, 3)
waba <- waba(x, data$y, group)$Cov.Theorem
names(waba) <- c("r", "eta_between_x", "eta_between_y", "r_between", "eta_within_x", "eta_within_y", "r_within")
keep("waba", unlist(waba))
table <- summary(aov(x ~ factor(group)))[[1]]
f <- table[1, "F value"]
df <- table$Df
keep("waba", f = f, p_value = pf(f, df[1], df[2], lower.tail = FALSE), p_within = pf(1 / f, df[2], df[1], lower.tail = FALSE))
write_topic("within_group", data)
