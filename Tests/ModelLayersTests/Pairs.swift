/// A size along the height and one along the width.
func pair(_ sizes: [Int]) -> (Int, Int) { (sizes[0], sizes[1]) }

/// Top and bottom, left and right.
func sides(_ margins: [Int]) -> ((Int, Int), (Int, Int)) {
  ((margins[0], margins[1]), (margins[2], margins[3]))
}
