# Random intercepts: lme4 with tight control, Kenward-Roger of pbkrtest, Satterthwaite of lmerTest, CR2 of
# clubSandwich on the model. Cases: about 20 very unequal groups of bh1996 (package multilevel), units
# within organisations, and an organisation variance of zero.
source("tests/reference/_keep.R")
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(clubSandwich)})
set.seed(20261121)

tight <- lmerControl(optimizer = "bobyqa", calc.derivs = FALSE,
                     optCtrl = list(rhobeg = .2, rhoend = 1e-12, maxfun = 1e5))

data(bh1996, package = "multilevel")
size <- table(bh1996$GRP)
groups <- names(size)[order(size)][round(seq(1, length(size), length.out = 20))]
people <- do.call(rbind, lapply(seq_along(groups), function(k) {
  rows <- bh1996[bh1996$GRP == groups[k], ]
  rows[seq_len(max(3, round(nrow(rows) * c(.1, .25, .5, 1)[k %% 4 + 1]))), ]
}))
army <- data.frame(case = "army", outer = as.integer(factor(people$GRP)), inner = 0,
                   y = round(people$WBEING, 6), x1 = people$HRS, x2 = round(people$LEAD, 6), kind = 0)
army$kind <- as.integer(army$outer %% 3 == 0)

inner <- rep(1:40, sample(c(2, 3, 5, 9, 30), 40, TRUE))
outer <- sort(sample(1:12, 40, TRUE, prob = (12:1)^2))[inner]
outer <- as.integer(factor(outer))
x1 <- round(rnorm(length(inner)) + rnorm(40)[inner] / 2, 6)
x2 <- round(rnorm(length(inner)), 6)
kind <- as.integer(outer %% 3 == 0)
signal <- .4 * x1 - .2 * x2 + .5 * kind
units <- data.frame(case = "units", outer, inner, x1, x2, kind,
                    y = round(signal + rnorm(12, sd = .9)[outer] + rnorm(40, sd = .6)[inner] + rnorm(length(inner)), 6))
noise <- rnorm(length(inner))
nothing <- transform(units, case = "nothing", y = round(signal + noise - ave(noise, outer), 6))
data <- rbind(army[names(units)], units, nothing)

keep_mixed <- function(case, formula, rows) {
  for (reml in c(TRUE, FALSE)) {
    m <- suppressMessages(lmer(formula, rows, REML = reml, control = tight))
    name <- paste0(case, if (reml) "" else "_ml")
    keep(name, setNames(fixef(m), paste0("b_", seq_along(fixef(m)))))
    keep(name, setNames(as.vector(as.matrix(vcov(m))), paste0("v_", seq_len(length(fixef(m))^2))))
    parts <- as.data.frame(VarCorr(m))
    keep(name, setNames(parts$vcov, paste0("var_", parts$grp)), loglik = as.numeric(logLik(m)))
    if (!reml) next
    for (ddf in c("Kenward-Roger", "Satterthwaite")) {
      found <- coef(summary(m, ddf = ddf))
      short <- c("Kenward-Roger" = "kr", Satterthwaite = "satt")[[ddf]]
      keep(name, setNames(found[, "df"], paste0(short, "_df_", seq_along(fixef(m)))))
    }
    keep(name, setNames(sqrt(diag(as.matrix(vcovAdj(m)))), paste0("kr_se_", seq_along(fixef(m)))))
    plain <- lme4::lmer(formula, rows, REML = TRUE, control = tight)
    v <- vcovCR(plain, cluster = rows$outer, type = "CR2")
    test <- coef_test(plain, vcov = v, test = "Satterthwaite")
    keep(name, setNames(test$SE, paste0("cr2_se_", seq_along(fixef(m)))),
         setNames(test$df_Satt, paste0("cr2_df_", seq_along(fixef(m)))))
  }
}

keep_mixed("army", y ~ x1 + x2 + kind + (1 | outer), data[data$case == "army", ])
keep_mixed("outer", y ~ x1 + x2 + kind + (1 | outer), data[data$case == "units", ])
keep_mixed("units", y ~ x1 + x2 + kind + (1 | outer / inner), data[data$case == "units", ])
keep_mixed("nothing", y ~ x1 + x2 + kind + (1 | outer), data[data$case == "nothing", ])

write_topic("mixed", data)
