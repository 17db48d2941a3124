# What R says of campaign.csv, a simulated campaign: the figures that test_r_figures.py asks the project for.
#
#     Rscript tests/reference/r/figures.R        (Debian: r-base-core r-cran-clubsandwich r-cran-geepack r-cran-ordinal
#                                                 r-cran-survey r-cran-brglm2 r-cran-jsonlite)
suppressPackageStartupMessages({
  library(clubSandwich); library(geepack); library(ordinal); library(survey); library(brglm2); library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "campaign.csv"))
models <- c("base", "tuned")
named <- function(x) as.list(setNames(as.numeric(x), models))

published <- glm(linked ~ 0 + base + tuned, binomial, d, epsilon = 1e-14)
fit <- glm(linked ~ base + tuned, binomial, d, epsilon = 1e-14)

# CV3: clubSandwich's CR3 times (G - 1) / G; several ways by inclusion and exclusion.
cv3 <- function(model, by) {
  groups <- interaction(by, drop = TRUE)
  g <- nlevels(groups)
  (g - 1) / g * as.matrix(vcovCR(model, cluster = groups, type = "CR3"))
}
ways <- function(model, dimensions) {
  total <- 0
  for (size in seq_along(dimensions)) {
    for (chosen in combn(names(dimensions), size, simplify = FALSE)) {
      total <- total + (-1)^(size + 1) * cv3(model, dimensions[chosen])
    }
  }
  parts <- eigen((total + t(total)) / 2)  # a direction of negative variance is set to 0 (Cameron, Gelbach and Miller)
  found <- parts$vectors %*% diag(pmax(parts$values, 0)) %*% t(parts$vectors)
  dimnames(found) <- dimnames(total)
  found
}
clustered <- function(model) list(
  "cluster-annotator" = ways(model, d["annotator"]),
  "cluster-record" = ways(model, d[c("a", "b")]),
  "cluster-annotator-record" = ways(model, d[c("annotator", "a", "b")])
)
covariances <- clustered(fit)
errors <- lapply(covariances, function(v) named(sqrt(diag(v))[models]))

# Average marginal effects of turning 0 into 1, by the delta method with a numerical gradient.
effect <- function(beta, model, weights) {
  with_it <- without <- cbind(1, as.matrix(d[models]))
  with_it[, model] <- 1
  without[, model] <- 0
  weighted.mean(plogis(with_it %*% beta) - plogis(without %*% beta), weights)
}
points <- function(model, fitted, covariances, weights) {
  beta <- coef(fitted)
  slope <- sapply(seq_along(beta), function(i) {
    step <- replace(numeric(length(beta)), i, 1e-5)
    (effect(beta + step, model, weights) - effect(beta - step, model, weights)) / 2e-5
  })
  list(
    points = 100 * effect(beta, model, weights),
    se = lapply(covariances, function(v) 100 * sqrt(c(t(slope) %*% v %*% slope)))
  )
}
each_points <- function(fitted, covariances, weights) {
  setNames(lapply(models, points, fitted, covariances, weights), models)
}
even <- rep(1, nrow(d))
towards <- c(0, -1, 1)
contrast <- list(
  coef = sum(towards * coef(fit)),
  se = lapply(covariances, function(v) sqrt(c(t(towards) %*% v %*% towards)))
)

# Every answered pair stands for as many of its stratum.
answers <- ave(d$linked, d$pair, FUN = length)
d$weight <- d$stratum_size / ave(1 / answers, d$stratum, FUN = sum) / answers
weighted <- suppressWarnings(glm(linked ~ base + tuned, binomial, d, weights = weight / mean(weight), epsilon = 1e-14))
pairs <- aggregate(cbind(linked, stratum_size) ~ pair + stratum, d[d$tuned == 1, ], mean)
design <- svydesign(ids = ~1, strata = ~stratum, fpc = ~stratum_size, data = pairs)
population <- svymean(~linked, design)

grade <- ordered(d$label, levels = c("unrelated", "same_category", "similar_object", "same_object"))
scale <- clm(grade ~ base + tuned, data = d, control = clm.control(gradTol = 1e-10))
firth <- glm(linked ~ base + tuned, binomial, d, method = "brglmFit", type = "AS_mean", epsilon = 1e-12)
by_annotator <- order(d$annotator)
gee <- geeglm(linked ~ base + tuned, binomial, d[by_annotator, ], id = factor(annotator), corstr = "exchangeable")
within <- glm(linked ~ base + tuned + annotator, binomial, d, epsilon = 1e-14)
wilson <- prop.test(sum(d$linked), nrow(d), correct = FALSE)$conf.int
p <- c(0.012, 0.2, 0.034, 0.001, 0.6)

table_of <- function(model) list(
  coef = named(coef(model)[models]),
  se = named(sqrt(diag(vcov(model)))[models]),
  p = named(coef(summary(model))[models, 4])
)
figures <- list(
  versions = c(list(R = paste(R.version$major, R.version$minor, sep = ".")), sapply(
    c("clubSandwich", "geepack", "ordinal", "survey", "brglm2"), function(each) as.character(packageVersion(each)),
    simplify = FALSE
  )),
  published = table_of(published),
  logit = table_of(fit),
  errors = errors,
  contrast = contrast,
  points = each_points(fit, covariances, even),
  weighted = list(
    coef = named(coef(weighted)[models]),
    points = lapply(each_points(weighted, list(), d$weight), `[[`, "points")
  ),
  population = list(share = as.numeric(coef(population)), se = as.numeric(SE(population))),
  ordinal = named(coef(scale)[models]),
  firth = named(coef(firth)[models]),
  gee = named(coef(gee)[models]),
  annotator_effects = list(
    coef = named(coef(within)[models]),
    se = named(sqrt(diag(ways(within, d[c("a", "b")])))[models])
  ),
  wilson = as.numeric(wilson),
  adjusted = list(p = p, holm = p.adjust(p, "holm"), fdr_bh = p.adjust(p, "BH"))
)
write_json(figures, file.path(here, "figures.json"), auto_unbox = TRUE, digits = 12, pretty = TRUE)
