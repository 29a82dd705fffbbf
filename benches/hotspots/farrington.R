# Rscript farrington.R WEEKLY.csv SCORES.csv FIRST: (observed - expected) / (bound - expected), week by week from FIRST on; a column a series.
suppressMessages(library(surveillance))
args <- commandArgs(TRUE)
counts <- as.matrix(read.csv(args[1], header = FALSE))
first <- as.integer(args[3])
series <- sts(observed = counts, frequency = 52, start = c(2023, 1))
# Two years back, half-windows of three weeks, ten periods of season: the defaults that Noufaily et al. (2013) recommend, on weeks of counts.
control <- list(range = first:nrow(counts), b = 2, w = 3, noPeriods = 10, pThresholdTrend = 1, thresholdMethod = "nbPlugin", alpha = .01,
                weightsThreshold = 2.58, pastWeeksNotIncluded = 4, limit54 = c(0, 4), verbose = FALSE)
found <- suppressWarnings(farringtonFlexible(series, control))
expected <- found@control$expected
bound <- upperbound(found)
score <- (observed(found) - expected) / pmax(bound - expected, .5)
score[!is.finite(score)] <- -1e9
write.table(score, args[2], sep = ",", row.names = FALSE, col.names = FALSE)
