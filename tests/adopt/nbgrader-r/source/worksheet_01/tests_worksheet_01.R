test_1.1 <- function() {
    test_that('answer1.1 is a number', {
        expect_true(is.numeric(answer1.1))
    })
}
