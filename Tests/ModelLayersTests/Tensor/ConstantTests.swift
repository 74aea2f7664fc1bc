import Testing

@testable import ModelLayers

@Suite struct ConstantTests {
  @Test(arguments: [
    (DType.float64, 1 << 53), (.float32, 1 << 24), (.float16, 1 << 11), (.bfloat16, 1 << 8),
  ])
  func `a type has all integers up to a power of 2, and of larger ones its multiples`(
    type: DType, largest: Int
  ) {
    #expect([0, 1, largest - 1, largest, 2 * largest, -largest + 1].allSatisfy(type.keeps))
    #expect(![largest + 1, -largest - 1, 2 * largest + 1].contains(where: type.keeps))
  }

  @Test func `a type does not have what is beyond its largest number`() {
    #expect(DType.float16.keeps(65504) && !DType.float16.keeps(1 << 16))
    #expect(DType.float64.keeps(.min) && DType.int64.keeps(.min))
    #expect(!DType.int64.keeps((1 << 53) + 1))
  }
}
