# What every script here does at its end: write the input, which is rounded when it is drawn, and the
# values in full precision.

kept <- list()

keep <- function(case, ...) {
  found <- c(...)
  row <- data.frame(case = case, quantity = names(found), value = as.numeric(found))
  kept[[length(kept) + 1]] <<- row
}

write_as <- function(frame, file, digits) {
  format <- paste0("%.", digits, "g")
  is_number <- vapply(frame, is.double, TRUE)
  frame[is_number] <- lapply(frame[is_number], function(x) ifelse(is.na(x), "", sprintf(format, x)))
  write.csv(frame, file.path("tests/reference", file), row.names = FALSE, quote = FALSE, na = "")
}

write_topic <- function(topic, data) {
  write_as(data, paste0(topic, "_data.csv"), 15)
  write_as(do.call(rbind, kept), paste0(topic, ".csv"), 17)
}
