import Dispatch
import ModelLayers
import Synchronization
import Testing

@Suite struct InitialBytesTests {
  private func tensor(_ dtype: DType, _ initializer: Initializer = .heNormal()) throws -> Tensor {
    try .initial(shape: [3, 3, 4, 8], initializer: initializer, stream: 11, dtype: dtype)
  }

  @Test func `a tensor holds the values of its initializer`() throws {
    let tensor = try tensor(.float32)
    #expect(tensor.dimensions == [3, 3, 4, 8])
    #expect(tensor.elementCount == 288)
    let values: [Float] = try Initializer.heNormal().values(shape: [3, 3, 4, 8], stream: 11)
    #expect(try tensor.array(Float.self).elements == values)
    #expect(Set(values).count > 280)
    let doubles: [Double] = try Initializer.heNormal().values(shape: [3, 3, 4, 8], stream: 11)
    #expect(try self.tensor(.float64).array(Double.self).elements == doubles)
    #expect(doubles.map { Float($0) } == values)
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func `types of 16 bits hold the nearest number to that of float32`(_ dtype: DType) throws {
    let values = try tensor(.float32).array(Double.self).elements
    let rounded = try tensor(dtype).array(Double.self).elements
    let roundoff = try #require(dtype.unitRoundoff)
    // Half the distance to the next number; the least exponent of float16 is -14.
    for (value, rounded) in zip(values, rounded) {
      let magnitude = max(abs(value), 0x1p-14).binade
      #expect(abs(rounded - value) <= roundoff * magnitude)
    }
    #expect(rounded != values)
  }

  @Test func `ties of bfloat16 go to the even number`() throws {
    let half = 0x1p-8
    let expected: [Double: Double] = [
      1 + half: 1, 1 + 3 * half: 1 + 4 * half, 1 + 1.01 * half: 1 + 2 * half,
    ]
    for (value, expected) in expected {
      #expect(try tensor(.bfloat16, .constant(value)).array(Double.self).elements[0] == expected)
    }
  }

  @Test func `nothing is made before it is used`() throws {
    // Four terabytes.
    let tensor = try Tensor.initial(
      shape: [1 << 20, 1 << 20], initializer: .glorotUniform(), stream: 0)
    #expect(tensor.bytes.byteCount == 1 << 42)
  }

  @Test func `bytes are made once, however many threads ask for them, and kept`() throws {
    let bytes = try InitialBytes(.randomNormal(), dimensions: [500], stream: 1)
    @Sendable func address(_ bytes: RawSpan) -> UInt {
      // Sound: the address is compared, never followed.
      unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }
    let addresses = Mutex<[UInt]>([])
    DispatchQueue.concurrentPerform(iterations: 16) { _ in
      // The outer bytes are still lent, so that others would have to lie elsewhere.
      let seen = try? bytes.withBytes { outer in
        try [address(outer), bytes.withBytes(address)]
      }
      addresses.withLock { $0 += seen ?? [] }
    }
    let seen = addresses.withLock(\.self)
    #expect(seen.count == 32)
    #expect(Set(seen).count == 1 && !seen.contains(0))
  }

  @Test func `types without fractions and unsuitable shapes are refused at once`() {
    #expect(
      throws: ModelError.attribute("dtype", expected: "a floating-point type", found: "int32")
    ) {
      try Tensor.initial(shape: [2], initializer: .zeros, stream: 0, dtype: .int32)
    }
    #expect(throws: ModelError.self) {
      try Tensor.initial(shape: [2], initializer: .orthogonal(), stream: 0)
    }
  }
}
