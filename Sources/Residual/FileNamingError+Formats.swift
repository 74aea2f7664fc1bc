internal import GoldenFormat
internal import HDF5
internal import ResidualCore

extension HDF5Error: FileNamingError {
  package var file: String? { location.file }
}

extension GoldenFormatError: FileNamingError {
  package var file: String? { if case .file(let path, _) = self { path } else { nil } }

  package var sentence: String {
    if case .file(_, let error) = self { "\(error)" } else { "\(self)" }
  }
}
