# Response surfaces: lm, clubSandwich's CR2 with Satterthwaite's df, car::deltaMethod for what is derived from the
# coefficients. Redrawn organisations: lm on the rows of the organisations drawn, doubled where drawn twice.
source("tests/reference/_keep.R")
suppressMessages({library(clubSandwich); library(car)})

set.seed(20261202)
draw <- function(case, sizes, b, kinds) {
  g <- rep(seq_along(sizes), sizes)
  n <- length(g)
  current <- pmin(5, pmax(1, round(2.8 + rnorm(length(sizes), sd = 0.3)[g] + rnorm(n))))
  desired <- pmin(5, pmax(1, round(3.4 + 0.3 * (current - 3) + rnorm(n))))
  kind <- kinds[(g - 1) %% length(kinds) + 1]
  age <- round(rnorm(n, 40, 9), 1)
  x <- cbind(1, current - 3, desired - 3, (current - 3)^2, (current - 3) * (desired - 3), (desired - 3)^2)
  z <- drop(x %*% b) + 0.01 * age + 0.3 * (kind == "q") + rnorm(length(sizes), sd = 0.4)[g] + rnorm(n)
  data.frame(case = case, cluster = g, current, desired, kind, age, z = round(z, 4))
}
data <- rbind(
  draw("ridge", c(12, 30, 18, 25, 40, 9, 22, 15, 33, 11), c(0.2, 0.05, 0.1, -0.3, 0.6, -0.3), c("p", "q", "r")),
  draw("saddle", c(150, 20, 14, 9, 31, 17, 12), c(0, 0.4, -0.2, 0.25, 0.1, -0.2), c("p", "q")),
  draw("sparse", c(3, 5, 40, 8, 21, 6, 30, 4, 5, 12, 9, 16), c(1, 0.2, 0.3, 0.05, -0.3, 0.1), c("p", "q", "r", "s"))
)
derived <- c(
  a1 = "C + D", a2 = "C2 + CD + D2", a3 = "C - D", a4 = "C2 - CD + D2", a5 = "C2 - D2",
  shift = "-(C - D) / (2 * (C2 - CD + D2))",
  stationary_current = "(D * CD - 2 * C * D2) / (4 * C2 * D2 - CD^2)",
  stationary_desired = "(C * CD - 2 * D * C2) / (4 * C2 * D2 - CD^2)",
  p11 = "(D2 - C2 + sqrt((C2 - D2)^2 + CD^2)) / CD"
)
derived["p10"] <- paste0(derived["stationary_desired"], " - (", derived["p11"], ") * ", derived["stationary_current"])
fitted <- function(each, codes) {
  each <- transform(each, C = current - 3, D = desired - 3)
  each <- transform(each, C2 = C^2, CD = C * D, D2 = D^2)
  for (code in codes) each[[code]] <- as.numeric(each$kind == code)
  lm(reformulate(c("C", "D", "C2", "CD", "D2", "age", codes), "z"), each)
}
for (case in unique(data$case)) {
  each <- data[data$case == case, ]
  codes <- sort(unique(each$kind))[-1]
  fit <- fitted(each, codes)
  v <- vcovCR(fit, each$cluster, "CR2")
  b <- coef_test(fit, v)
  keep(case, setNames(c(b$beta[1:6], b$SE[1:6], b$df_Satt[1:6]), paste0(rep(c("estimate_b", "error_b", "df_b"), each = 6), 0:5)))
  values <- as.list(coef(fit))
  for (name in names(derived)) {
    found <- deltaMethod(fit, derived[[name]], vcov. = as.matrix(v))
    slope <- attr(eval(deriv(parse(text = derived[[name]]), c("C", "D", "C2", "CD", "D2")), values), "gradient")
    row <- c(0, slope, rep(0, length(coef(fit)) - 6))
    df <- linear_contrast(fit, v, matrix(row, 1), test = "Satterthwaite")$df
    keep(case, setNames(c(found$Estimate, found$SE, df), paste0(c("estimate_", "error_", "df_"), name)))
  }
  g <- max(each$cluster)
  for (k in 1:6) {
    chosen <- if (k == 6) rep(which(each$kind[match(1:g, each$cluster)] != "p"), length.out = g) else sample(g, g, TRUE)
    rows <- unlist(lapply(chosen, function(one) which(each$cluster == one)))
    again <- fitted(each[rows, ], codes)
    keep(case, setNames(tabulate(chosen, g), paste0("times_", k, "_", seq_len(g))))
    b <- coef(again)[2:6]
    keep(case, setNames(b, paste0("drawn_", k, "_b", 1:5)))
  }
}
write_topic("response_surface", data)
