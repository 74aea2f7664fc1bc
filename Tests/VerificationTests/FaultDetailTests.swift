import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// What is said of how the first wrong tensor differs.
@Suite struct FaultDetailTests {
  /// Compares tensors where an error of 0.5 is allowed.
  private func detail(
    _ dimensions: [Int], _ format: DataFormat = .channelsLast, change: (inout [Double]) -> Void
  ) -> Fault.Detail {
    let count = dimensions.reduce(1, *)
    let golden = NDArray<Double>(dimensions, (0..<count).map(Double.init))
    var found = golden
    change(&found.elements)
    return Fault.Detail(
      found: found, golden: golden,
      within: .init(tolerance: Tolerance(absolute: 0.5, relative: 0)), format: format)
  }

  @Test func `the worst elements come with the worst of the comparison first`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["second"] = try golden.cases[0].calls["second"]?.changed {
      for index in $0.indices where !index.isMultiple(of: 3) { $0[index] += Float(index) }
    }
    let one = try Verifier().verify(Block.model(), against: golden).cases[0]
    let detail = try #require(one.fault?.detail)
    let statistics = try #require(one.calls.first { $0.path == "second" }?.statistics)
    #expect(detail.worst.first == statistics.worst)
    #expect(detail.worst.count == Fault.Detail.worstCount)
    let errors = detail.errors
    let wrong = zip(errors.counts.indices, errors.counts).filter {
      errors.low + Double($0.0) * errors.step >= 0
    }
    #expect(wrong.reduce(errors.infinite) { $0 + $1.1 } == statistics.wrongCount)
    #expect(errors.counts.reduce(errors.equal + errors.infinite, +) == statistics.count)
    #expect(detail.values.expected.reduce(0, +) == statistics.count)
    #expect(detail.values.found.reduce(0, +) == statistics.count)
  }

  @Test func `what is right has no detail, nor has what has another shape`() throws {
    #expect(try Verifier().verify(Block.model(), against: .block()).cases[0].fault == nil)
    var golden = try Golden.block()
    golden.cases[0].calls["norm"] = Tensor(NDArray<Float>(repeating: 1, [1, 3]))
    let fault = try Verifier().verify(Block.model(), against: golden).cases[0].fault
    #expect(fault?.path == "norm")
    #expect(fault?.detail == nil)
  }

  @Test(arguments: [
    (DataFormat.channelsLast, [2, 4, 5, 3], [1, 2, 4, 1]),
    (DataFormat.channelsFirst, [2, 3, 4, 5], [1, 1, 2, 4]),
  ])
  func `a map shows where in an image the error is`(
    format: DataFormat, shape: [Int], index: [Int]
  ) {
    let position = zip(shape, index).reduce(0) { $0 * $1.0 + $1.1 }
    let detail = detail(shape, format) { $0[position] += 7 }
    #expect(detail.maps.map(\.columnName) == ["column", "channel"])
    var cells = [[Double]](repeating: [0, 0, 0, 0, 0], count: 4)
    cells[2][4] = 7
    #expect(detail.maps[0].cells.map { $0.map(\.value) } == cells)
    #expect(detail.maps[1].cells.map { $0.map(\.value) } == [[0, 7, 0]])
    #expect(detail.worst.map(\.index) == [index])
  }

  @Test func `a map of a large tensor has cells that stand for several`() {
    let detail = detail([1, 200, 130, 1]) { $0[199 * 130 + 129] += 3 }
    let map = detail.maps[0]
    #expect(map.cells.count == 64 && map.cells.allSatisfy { $0.count == 64 })
    #expect((map.rowCount, map.columnCount) == (200, 130))
    #expect(map.cells[63][63].value == 3)
    #expect(map.cells.joined().count { $0.value > 0 } == 1)
  }

  @Test(arguments: [
    ([7], 1), ([2, 7], 1), ([2, 3, 7], 1), ([2, 1, 2, 3, 7], 1), ([], 0), ([0, 3], 0),
  ])
  func `tensors of any rank have their maps`(shape: [Int], count: Int) {
    let detail = detail(shape) { for index in $0.indices { $0[index] += 1 } }
    #expect(detail.maps.count == count)
    if count > 0 { #expect(detail.maps[0].columnCount == 7) }
  }

  @Test func `what is not finite is counted, and is the worst`() {
    let detail = detail([6]) {
      $0[1] = .infinity
      $0[2] = .nan
      $0[3] += 100
      $0[4] += 0.25
    }
    #expect(detail.errors.infinite == 2)
    #expect(detail.errors.equal == 2)
    #expect(detail.values.foundNonFinite == 2)
    #expect((detail.values.low, detail.values.high) == (0, 103))
    #expect(detail.worst.map(\.index) == [[1], [2], [3], [4]])
    #expect(
      detail.maps[0].cells == [[0, .infinity, .infinity, 100, 0.25, 0].map(ReportedNumber.init)])
  }
}
