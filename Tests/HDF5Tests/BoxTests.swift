import Testing

@testable import HDF5

@Suite struct BoxTests {
  @Test(arguments: [[5], [1], [2, 3], [2, 3, 4], [3, 1, 2], [1, 1, 4], [2, 2, 2, 2]])
  func `boxes cover every range once and in order`(shape: [Int]) {
    let count = shape.reduce(1, *)
    for start in 0...count {
      for end in start...count {
        let boxes = Box.boxes(covering: start..<end, of: shape)
        #expect(boxes.flatMap { elements($0, shape) } == Array(start..<end))
        #expect(boxes.allSatisfy { $0.elementCount == $0.count.reduce(1, *) })
        #expect(boxes.count <= 2 * shape.count)
      }
    }
  }

  /// The row-major numbers of a box's elements.
  private func elements(_ box: Box, _ shape: [Int]) -> [Int] {
    var numbers = [0]
    for axis in shape.indices {
      numbers = numbers.flatMap { number in
        (0..<box.count[axis]).map { number * shape[axis] + box.start[axis] + $0 }
      }
    }
    return numbers
  }

  @Test func `products overflow to nil, and zero wins`() {
    #expect(product([1 << 40, 1 << 40]) == nil)
    #expect(product([1 << 40, 1 << 20, 0]) == 0)
    #expect(product([-1, 0]) == nil)
    #expect(product([]) == 1)
  }

  @Test func `messages of the library lose what differs from run to run`() {
    #expect(Library.condensed("bad  object\n header") == "bad object header")
    #expect(
      Library.condensed(
        "file read failed: time = Mon Nov 23 12:00:00 2026\n, filename = 'a.h5', file descriptor "
          + "= 4, errno = 5, error message = 'Input/output error', buf = 0x1234")
        == "file read failed: Input/output error")
  }
}
