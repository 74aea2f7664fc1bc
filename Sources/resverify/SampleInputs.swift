internal import Residual

extension Verify {
  /// What a model is fed where nothing is recorded.
  func sampleInputs(of model: Model) throws -> OrderedDictionary<String, Tensor> {
    do {
      return try model.sampleInputs(batchSize: batch ?? (runs == nil ? 2 : 1), size: size)
    } catch .unknownSize(let input, let shape) {
      throw VerificationProblem.noSize(input: input, shape, file: self.model)
    } catch {
      throw ResidualError.inFile(self.model, error)
    }
  }
}
