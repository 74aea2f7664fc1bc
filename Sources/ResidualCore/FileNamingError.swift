internal import ProtobufFormat
internal import ModelGraph

/// An error that knows the file it lies in apart from what is wrong with it.
///
/// The modules below do not know each other; what their errors have in common is said here.
package protocol FileNamingError: Error {
  /// The file that the error's description names first; `nil` where it names none.
  var file: String? { get }
  /// The description without the file.
  var sentence: String { get }
}

extension ResidualError: FileNamingError {
  package var file: String? { path }
}

extension FileError: FileNamingError {
  package var file: String? { path }
}

extension ShortenedFileError: FileNamingError {
  package var file: String? { path }
}

extension ProtobufFormatError: FileNamingError {
  package var file: String? { if case .inFile(let path, _) = self { path } else { nil } }

  package var sentence: String {
    if case .inFile(_, let error) = self { "\(error)" } else { "\(self)" }
  }
}
