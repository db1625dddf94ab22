/* What a Spark server of Databricks knows and Spark's own does not: who is asking, and that each of them has rows of their
 * own. Compiled by `setup.py` with the compiler that comes with Spark, so a Java runtime is enough. */
package portal.sandbox.spark

import java.nio.file.{Files, Path, Paths}

import scala.jdk.CollectionConverters._

import org.apache.spark.sql.catalyst.CurrentUserContext
import org.apache.spark.sql.catalyst.analysis.{NoSuchNamespaceException, NoSuchTableException}
import org.apache.spark.sql.classic.SparkSession
import org.apache.spark.sql.connector.catalog.{Identifier, NamespaceChange, SupportsNamespaces, Table, TableCatalog, TableChange}
import org.apache.spark.sql.connector.expressions.Transform
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat
import org.apache.spark.sql.execution.datasources.v2.parquet.ParquetTable
import org.apache.spark.sql.types.StructType
import org.apache.spark.sql.util.CaseInsensitiveStringMap
import org.sparkproject.connect.grpc.{Metadata, ServerCall, ServerCallHandler, ServerInterceptor}

/** Makes the user that the gateway has found out `current_user()`, of this call and of the thread that executes its plan
  * (which inherits it). */
class Who extends ServerInterceptor {
  override def interceptCall[Q, R](
      call: ServerCall[Q, R], headers: Metadata, next: ServerCallHandler[Q, R]): ServerCall.Listener[Q] = {
    val user = headers.get(Who.Header)
    def as[T](body: => T): T = {
      CurrentUserContext.CURRENT_USER.set(user)
      try body finally CurrentUserContext.CURRENT_USER.remove()
    }
    val listener = as(next.startCall(call, headers))
    // gRPC's own forwarding listener is closed to others once Spark has shaded it.
    new ServerCall.Listener[Q] {
      override def onMessage(message: Q): Unit = as(listener.onMessage(message))
      override def onHalfClose(): Unit = as(listener.onHalfClose())
      override def onCancel(): Unit = as(listener.onCancel())
      override def onComplete(): Unit = as(listener.onComplete())
      override def onReady(): Unit = as(listener.onReady())
    }
  }
}

object Who {
  val Header: Metadata.Key[String] = Metadata.Key.of("x-sandbox-user", Metadata.ASCII_STRING_MARSHALLER)
}

/** A catalog whose tables are what the current user may see of them: `<folder>/<user>/<catalog>/<schema>/<table>.parquet`,
  * written by the sandbox's own SQL engine, whose row filters and masks are so the only ones. Nothing can be written. */
class Viewers extends TableCatalog with SupportsNamespaces {
  private var catalog = ""
  private var folder: Path = _

  override def initialize(name: String, options: CaseInsensitiveStringMap): Unit = {
    catalog = name
    folder = Paths.get(options.get("folder"))
  }

  override def name(): String = catalog

  private def mine: Path = folder.resolve(CurrentUserContext.getCurrentUser).resolve(catalog)

  private def listed(path: Path): Seq[String] =
    if (!Files.isDirectory(path)) Seq.empty
    else {
      val found = Files.list(path)
      try found.iterator.asScala.map(_.getFileName.toString).toSeq.sorted finally found.close()
    }

  override def listNamespaces(): Array[Array[String]] = listed(mine).map(Array(_)).toArray

  override def listNamespaces(namespace: Array[String]): Array[Array[String]] =
    if (namespace.isEmpty) listNamespaces() else Array.empty

  override def loadNamespaceMetadata(namespace: Array[String]): java.util.Map[String, String] = {
    if (namespace.length != 1 || !listed(mine).contains(namespace(0))) throw new NoSuchNamespaceException(namespace)
    java.util.Map.of()
  }

  override def listTables(namespace: Array[String]): Array[Identifier] = {
    loadNamespaceMetadata(namespace)
    listed(mine.resolve(namespace(0))).map(file => Identifier.of(namespace, file.stripSuffix(".parquet"))).toArray
  }

  override def loadTable(table: Identifier): Table = {
    val named = table.namespace.toSeq :+ table.name
    val safe = named.length == 2 && named.forall(_.matches("[A-Za-z0-9_]+"))
    val file = if (safe) mine.resolve(named(0)).resolve(named(1) + ".parquet") else null
    if (file == null || !Files.isRegularFile(file)) throw new NoSuchTableException(table)
    ParquetTable(
      (catalog +: named).mkString("."), SparkSession.active, CaseInsensitiveStringMap.empty, Seq(file.toString), None,
      classOf[ParquetFileFormat])
  }

  private def readOnly = throw new UnsupportedOperationException("The sandbox's tables can only be read by Spark.")

  override def createTable(
      table: Identifier, schema: StructType, partitions: Array[Transform],
      properties: java.util.Map[String, String]): Table = readOnly
  override def alterTable(table: Identifier, changes: TableChange*): Table = readOnly
  override def dropTable(table: Identifier): Boolean = readOnly
  override def renameTable(from: Identifier, to: Identifier): Unit = readOnly
  override def createNamespace(namespace: Array[String], properties: java.util.Map[String, String]): Unit = readOnly
  override def alterNamespace(namespace: Array[String], changes: NamespaceChange*): Unit = readOnly
  override def dropNamespace(namespace: Array[String], cascade: Boolean): Boolean = readOnly
}
