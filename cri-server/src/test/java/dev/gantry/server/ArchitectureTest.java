package dev.gantry.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The arrows between modules, as rules. docs/architecture.md draws them. */
final class ArchitectureTest {
  /** What people wrote; the generated stubs are not ours to judge. */
  private static final JavaClasses GANTRY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("/dev/gantry/cri/"))
          .importPackages("dev.gantry");

  @Test
  void enoughClassesAreScannedForTheRulesToMeanSomething() {
    assertThat(GANTRY.size()).isGreaterThan(70);
  }

  @Test
  void arrowsPointOneWay() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("linux")
        .definedBy("dev.gantry.linux..", "dev.gantry.stage..", "dev.gantry.state..")
        .layer("image")
        .definedBy("dev.gantry.image..")
        .layer("cni")
        .definedBy("dev.gantry.cni..")
        .layer("runtime")
        .definedBy("dev.gantry.runtime..")
        .layer("server")
        .definedBy("dev.gantry.server..")
        .layer("cli")
        .definedBy("dev.gantry.cli..")
        .withOptionalLayers(true)
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("server")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("runtime")
        .mayOnlyBeAccessedByLayers("server")
        .whereLayer("cni")
        .mayOnlyBeAccessedByLayers("runtime", "server")
        .whereLayer("image")
        .mayOnlyBeAccessedByLayers("runtime", "server")
        .check(GANTRY);
  }

  @Test
  void theClientSpeaksCriAndKnowsNothingOfTheDaemon() {
    noClasses()
        .that()
        .resideInAPackage("dev.gantry.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.gantry.image..", "dev.gantry.cni..", "dev.gantry.runtime..", "dev.gantry.state..")
        .allowEmptyShould(true)
        .check(GANTRY);
  }

  @Test
  void onlyTheLinuxPackageKnowsNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.gantry.linux..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jnr..")
        .check(GANTRY);
  }

  @Test
  void onlyServicesKnowGrpc() {
    noClasses()
        .that(
            DescribedPredicate.describe(
                "are neither a *Grpc service nor of the server or the client",
                c -> !isService(c) && !c.getPackageName().matches("dev\\.gantry\\.(server|cli).*")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.grpc..")
        .check(GANTRY);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.gantry.(**)").should().beFreeOfCycles().check(GANTRY);
  }

  @Test
  void everyPackageIsNullMarked() {
    List<String> unmarked =
        GANTRY.stream()
            .map(JavaClass::getPackage)
            .distinct()
            .filter(p -> !p.isAnnotatedWith(NullMarked.class))
            .map(JavaPackage::getName)
            .toList();
    assertThat(unmarked).isEmpty();
  }

  private static boolean isService(JavaClass type) {
    return type.getSimpleName().endsWith("Grpc")
        || type.getEnclosingClass().map(ArchitectureTest::isService).orElse(false);
  }
}
