# Wilson's interval: stats::prop.test without continuity correction, whole and broken n.
source("tests/reference/_keep.R")

data <- expand.grid(
  level = c(0.90, 0.95, 0.99),
  n = c(1, 2, 10, 17.25, 123, 1000.5, 101881),
  share = c(0, 0.001, 0.25, 0.5, 0.73, 1)
)
data$case <- sprintf("c%03d", seq_len(nrow(data)))
for (i in seq_len(nrow(data))) {
  each <- data[i, ]
  test <- suppressWarnings(
    prop.test(each$share * each$n, each$n, conf.level = each$level, correct = FALSE)
  )
  keep(each$case, low = test$conf.int[1], high = test$conf.int[2])
}
write_topic("wilson", data[c("case", "share", "n", "level")])
