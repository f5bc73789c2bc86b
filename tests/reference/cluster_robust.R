# Cluster-robust errors of few, unequal organisations: clubSandwich on lm, weighted lm, and the last
# step of a logit; a covariate that only one organisation has; fixed effects absorbed.
source("tests/reference/_keep.R")
suppressMessages(library(clubSandwich))
set.seed(20261121)

size <- c(2, 3, 5, 8, 9, 14, 20, 31, 44, 90, 240)
org <- rep(seq_along(size), size)
n <- length(org)
u <- rnorm(length(size), sd = .5)
x1 <- round(rnorm(n) + .6 * u[org], 6)
x2 <- round(rnorm(n), 6)
kind <- as.integer(org %in% c(3, 7, 9))
only <- as.integer(org == 6)
w <- round(rexp(n) + .2, 6)
y <- round(.3 * x1 - .2 * x2 + .4 * kind + u[org] + rnorm(n), 6)
b <- as.integer(.5 * x1 + .3 * kind + u[org] + rlogis(n) > 0)
data <- data.frame(org, x1, x2, kind, only, w, y, b)

keep_robust <- function(case, model, cluster, other = NULL) {
  for (type in c("CR0", "CR1", "CR1S", "CR2", "CR3")) {
    v <- vcovCR(model, cluster = cluster, type = type)
    test <- coef_test(model, vcov = v, test = "Satterthwaite")
    names <- paste(type, seq_len(nrow(v)), sep = "_")
    keep(case, setNames(as.vector(as.matrix(v)), paste(type, "v", seq_along(v), sep = "_")))
    keep(case, setNames(test$df_Satt, paste0(names, "_df")))
    if (!is.null(other)) {  # x1 beside x1 + x2 has the difference of both coefficients
      found <- coef_test(other, vcov = type, cluster = cluster, test = "Satterthwaite")[2, ]
      keep(case, setNames(c(found$SE, found$df_Satt), paste(type, "contrast", c("se", "df"), sep = "_")))
    }
  }
}

plain <- lm(y ~ x1 + x2 + kind, data)
keep_robust("plain", plain, data$org, lm(y ~ x1 + I(x1 + x2) + kind, data))
weighted <- lm(y ~ x1 + x2 + kind, data, weights = w)
v <- vcovCR(weighted, cluster = data$org, type = "CR2", target = 1 + x2^2, inverse_var = FALSE)
keep("target", setNames(as.vector(as.matrix(v)), paste("CR2", "v", seq_along(v), sep = "_")))
keep("target", setNames(coef_test(weighted, vcov = v, test = "Satterthwaite")$df_Satt, paste0("CR2_", 1:4, "_df")))
keep_robust("weighted", weighted, data$org, lm(y ~ x1 + I(x1 + x2) + kind, data, weights = w))
alone <- lm(y ~ x1 + x2 + only, data)
v <- vcovCR(alone, cluster = data$org, type = "CR2")
keep("alone", setNames(as.vector(as.matrix(v)), paste("CR2", "v", seq_along(v), sep = "_")))
test <- coef_test(alone, vcov = v, test = "Satterthwaite")
keep("alone", setNames(test$df_Satt, paste0("CR2_", seq_len(4), "_df")))

logit <- glm(b ~ x1 + x2 + kind, binomial, data, control = list(epsilon = 1e-15, maxit = 100))
keep("logit", setNames(coef(logit), paste0("b_", 1:4)))
for (type in c("CR0", "CR1", "CR2", "CR3")) {
  test <- coef_test(logit, vcov = type, cluster = data$org, test = "Satterthwaite")
  v <- vcovCR(logit, cluster = data$org, type = type)
  keep("logit", setNames(as.vector(as.matrix(v)), paste(type, "v", seq_along(v), sep = "_")))
  keep("logit", setNames(test$df_Satt, paste(type, 1:4, "df", sep = "_")))
}
root <- sqrt(fitted(logit) * (1 - fitted(logit)))
step <- data.frame(root * model.matrix(logit))
step$z <- root * (predict(logit) + (data$b - fitted(logit)) / root^2)
keep_robust("step", lm(z ~ . - 1, step), data$org)

centred <- data.frame(lapply(data[c("y", "x1", "x2")], function(v) v - ave(v, data$org)))
keep_robust("absorbed", lm(y ~ x1 + x2 - 1, centred), data$org)
dummies <- lm(y ~ x1 + x2 + factor(org), data)
v <- vcovCR(dummies, cluster = data$org, type = "CR2")[2:3, 2:3]
keep("dummies", setNames(as.vector(v), paste("CR2", "v", 1:4, sep = "_")))
keep("dummies", setNames(coef_test(dummies, vcov = vcovCR(dummies, cluster = data$org, type = "CR2"),
                                   test = "Satterthwaite")$df_Satt[2:3], paste0("CR2_", 1:2, "_df")))

write_topic("cluster_robust", data)
