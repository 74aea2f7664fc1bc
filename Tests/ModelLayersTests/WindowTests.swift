import ModelLayers
import TestSupport
import Testing

@Suite struct WindowTests {
  /// Counts positions one by one.
  func counted(_ window: Window, _ count: Int) -> (size: Int, before: Int, after: Int) {
    let extent = (0..<window.size).map { $0 * window.dilation }.max().map { $0 + 1 } ?? 0
    var size = 0
    switch window.padding {
    case .valid:
      while size * window.stride + extent <= count { size += 1 }
      return (size, 0, 0)
    case .causal:
      while size * window.stride < count { size += 1 }
      return (size, extent - 1, 0)
    case .same:
      while size * window.stride < count { size += 1 }
      var before = 0
      var after = 0
      // Zeros go to the end first, then to both ends in turn.
      while (size - 1) * window.stride + extent > count + before + after {
        if after > before { before += 1 } else { after += 1 }
      }
      return (size, before, after)
    }
  }

  @Test func `sizes and padding are those of a count`() {
    for padding in Padding.allCases {
      for size in 1...5 {
        for stride in 1...4 {
          for dilation in 1...3 {
            for count in 1...12 {
              let window = Window(size: size, stride: stride, dilation: dilation, padding: padding)
              let expected = counted(window, count)
              #expect(window.outputSize(count) ?? 0 == expected.size, "\(window) on \(count)")
              guard expected.size > 0 else { continue }
              let pads = window.padding(for: count)
              #expect(pads.before == expected.before, "\(window) on \(count)")
              #expect(pads.after == expected.after, "\(window) on \(count)")
            }
          }
        }
      }
    }
  }

  @Test func `no size is too large to answer`() {
    let sizes = [1, 2, 3, 1 << 32, Int.max - 1, Int.max]
    for padding in Padding.allCases {
      for size in sizes {
        for stride in sizes {
          for dilation in sizes {
            let window = Window(size: size, stride: stride, dilation: dilation, padding: padding)
            for count in [0] + sizes {
              let (before, after) = window.padding(for: count)
              #expect(before >= 0 && after >= 0)
              #expect(window.outputSize(count).map { $0 > 0 && $0 <= count } ?? true)
            }
          }
        }
      }
    }
    #expect(Window(size: 3, stride: 1, dilation: .max, padding: .same).outputSize(9) == nil)
    #expect(Window(size: 2, stride: 1, dilation: .max, padding: .same).outputSize(9) == nil)
    #expect(Window(size: 2, stride: 1, dilation: .max - 1, padding: .same).outputSize(9) == 9)
  }

  @Test func `padding that depends on an unknown size is not guessed`() throws {
    let open: Shape = [nil, nil, 8, 3]
    func pads(_ stride: Int, _ padding: Padding) throws -> [Int] {
      let windows = Array(repeating: Window(size: 3, stride: stride, padding: padding), count: 2)
      return try windows.explicitPadding(for: open, .channelsLast)
    }
    #expect(try pads(1, .same) == [1, 1, 1, 1])
    #expect(try pads(2, .valid) == [])
    #expect(
      refusal { try pads(2, .same) }
        == "input has shape [None, None, 8, 3]; the size that 'same' pads must be known")
  }
}
