# Correlated factors of unit variance, and a method factor that all items load 1 on, uncorrelated with
# them (lavaan::cfa, ML), on the complete answers of factors.R.
suppressMessages(library(lavaan))
source("tests/reference/_keep.R")

answers <- subset(read.csv("tests/reference/factors_data.csv"), case == "complete")
items <- paste0("y", 1:12)
model <- paste(
  "a =~ NA*y1 + y2 + y3 + y4; a ~~ 1*a",
  "b =~ NA*y5 + y6 + y7 + y8; b ~~ 1*b",
  "c =~ NA*y9 + y10 + y11 + y12; c ~~ 1*c",
  paste("m =~", paste0("1*", items, collapse = " + ")), "m ~~ 0*a + 0*b + 0*c",
  sep = "\n"
)
fit <- cfa(model, answers)
cells <- parameterEstimates(fit)
name <- paste0(cells$lhs, cells$op, cells$rhs, ".1")
keep("method_equal", setNames(cells$est, paste("est", name)))
keep("method_equal", setNames(cells$se, paste("se", name)))
measures <- fitMeasures(fit, c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "logl", "aic", "bic"))
keep("method_equal", setNames(measures, paste("fit", names(measures))))
write_as(do.call(rbind, kept), "method_factor.csv", 17)
