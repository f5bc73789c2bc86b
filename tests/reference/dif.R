# Differential item functioning by proportional odds (MASS::polr): the item on the rest of its scale, on
# rest and group, and on rest x group; and dMACS as the integral that Nye & Drasgow (2011) define.
source("tests/reference/_keep.R")
suppressMessages(library(MASS))

set.seed(20261126)
n <- 420
group <- sample(c(0, 1, 2), n, replace = TRUE, prob = c(0.5, 0.3, 0.2))
factor <- rnorm(n)
raw <- outer(factor, c(1, 0.8, 0.9, 0.7)) + matrix(rnorm(4 * n), n)
raw[group == 1, 2] <- raw[group == 1, 2] + 0.9
raw[group == 2, 3] <- 0.2 * factor[group == 2] + rnorm(sum(group == 2))
answers <- pmin(pmax(round(3 + raw), 1), 5)
colnames(answers) <- paste0("y", 1:4)
answers[matrix(runif(4 * n) < 0.03, n)] <- NA
data <- data.frame(group = group, answers)

complete <- data[complete.cases(data), ]
member <- factor(complete$group)
for (i in 1:4) {
  y <- ordered(complete[[i + 1]])
  rest <- as.numeric(scale(rowMeans(complete[, -c(1, i + 1)])))
  tight <- list(maxit = 1000, reltol = 1e-14)
  nothing <- polr(y ~ 1, control = tight)
  alone <- polr(y ~ rest, control = tight)
  uniform <- polr(y ~ rest + member, control = tight)
  total <- polr(y ~ rest * member, control = tight)
  likelihood <- sapply(list(nothing, alone, uniform, total), logLik)
  keep(paste0("y", i),
    n = nrow(complete), uniform = 2 * (likelihood[3] - likelihood[2]),
    total = 2 * (likelihood[4] - likelihood[2]),
    r2_change = (likelihood[4] - likelihood[2]) / -likelihood[1],
    p = pchisq(2 * (likelihood[4] - likelihood[2]), 4, lower.tail = FALSE))
}
p <- sapply(kept, function(each) each$value[each$quantity == "p"])
for (i in 1:4) keep(paste0("y", i), p_adjusted = p.adjust(p, "holm")[i])

lines <- list(c(0.76, 0.74, 0.65, 1.28, 0.21, 1.76, 1.85), c(2.1, 2.6, 0.8, 0.8, -0.3, 0.9, 1.1),
  c(3, 3, 0.5, 0.9, 0, 1, 0.95))
for (k in seq_along(lines)) {
  each <- lines[[k]]
  squared <- function(eta) {
    ((each[1] - each[2]) + (each[3] - each[4]) * eta)^2 * dnorm(eta, each[5], sqrt(each[6]))
  }
  found <- sqrt(integrate(squared, -Inf, Inf, rel.tol = 1e-12)$value) / each[7]
  keep("dmacs", setNames(found, paste(each, collapse = " ")))
}
write_topic("dif", data)
