(** Circuits whose neurons are the components, up to order and sign; what P13 and P14 speak of.

    [Psi] is a signed permutation, sigma acts on single neurons, inputs are 1 and -1. An ordered domain: the integers, the
    rationals, the reals. *)
From mathcomp Require Import all_ssreflect fingroup perm ssralg ssrnum matrix.
Require Import linear_tasks.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section Definitions.
Variable R : realDomainType.

Definition sign (z : R) := z = 1 \/ z = -1.

Definition binary p d (u : nat -> 'cV[R]_d) := forall t c, (t <= p)%N -> sign (u t c ord0).

Definition row_norm m n (A : 'M[R]_(m, n)) i := \sum_j `|A i j|.

Definition signed_permutation n (pi : 'S_n) (negative : 'I_n -> bool) : 'M[R]_n :=
  \matrix_(i, j) (if j == pi i then (-1) ^+ negative i else 0).

Definition neuron_circuit p d (Psi W : 'M[R]_(components p d)) (g : R) : network R d d := {|
  W_hh := W; W_uh := g *: (Psi *m inject R d ord_max); W_hy := (inject R d ord_max)^T *m Psi^T;
  b_h := 0; b_y := 0; h_0 := 0 |}.

End Definitions.

Section Signs.
Variable R : realDomainType.
Implicit Types v z : R.

Lemma signM v z : sign v -> sign z -> sign (v * z).
Proof. by case=> ->; case=> ->; rewrite ?mulrNN ?mul1r ?mulr1; [left|right|right|left]. Qed.
Lemma sign_sq v : sign v -> v * v = 1. Proof. by case=> ->; rewrite ?mulrNN mulr1. Qed.
Lemma sign_norm v z : sign v -> `|v * z| = `|z|. Proof. by case=> ->; rewrite ?mul1r ?mulN1r ?normrN. Qed.
Lemma norm_sign v : sign v -> `|v| = 1. Proof. by case=> ->; rewrite ?normrN normr1. Qed.
Lemma sign_bool (b : bool) : sign ((-1) ^+ b : R). Proof. by case: b; [right|left]. Qed.
End Signs.

Section SignedPermutation.
Variables (R : realDomainType) (n : nat) (pi : 'S_n) (negative : 'I_n -> bool).
Local Notation Psi := (signed_permutation R pi negative).
Local Notation s i := ((-1) ^+ negative i : R).

Lemma signed_mul m (v : 'M[R]_(n, m)) i j : (Psi *m v) i j = s i * v (pi i) j.
Proof. by rewrite mxE (bigD1 (pi i)) //= mxE eqxx big1 ?addr0 // => k /negbTE ki; rewrite mxE ki mul0r. Qed.

Lemma signed_trmul m (v : 'M[R]_(n, m)) i j : (Psi^T *m v) i j = s (pi^-1%g i) * v (pi^-1%g i) j.
Proof.
rewrite mxE (bigD1 (pi^-1%g i)) //= !mxE permKV eqxx big1 ?addr0 // => k ki.
by rewrite !mxE; case: eqP => [e|_]; rewrite ?mul0r //; move: ki; rewrite e permK eqxx.
Qed.

Lemma signed_left : Psi^T *m Psi = 1%:M.
Proof.
apply/matrixP => i j; rewrite signed_trmul !mxE permKV eq_sym; case: eqP => _; rewrite ?mulr0 //.
by rewrite sign_sq //; apply: sign_bool.
Qed.

Lemma signed_map m (sigma : R -> R) (v : 'M[R]_(n, m)) : (forall z, sigma (- z) = - sigma z) ->
  map_mx sigma (Psi *m v) = Psi *m map_mx sigma v.
Proof.
by move=> odd; apply/matrixP => i j; rewrite mxE !signed_mul mxE; case: (negative i); rewrite ?mul1r ?mulN1r.
Qed.
End SignedPermutation.

(** What the neurons hold, in the order of the components, block by block. *)
Section Blocks.
Variables (R : realDomainType) (p d : nat).
Implicit Types v : 'cV[R]_(components p d).

Lemma blockD v v' k : submxcol (v + v') k = submxcol v k + submxcol v' k. Proof. exact: submxcolD. Qed.
Lemma blockZ a v k : submxcol (a *: v) k = a *: submxcol v k. Proof. by apply/matrixP => i j; rewrite !mxE. Qed.
Lemma block_map (f : R -> R) v k : submxcol (map_mx f v) k = map_mx f (submxcol v k).
Proof. by apply/matrixP => i j; rewrite !mxE. Qed.
Lemma block_companion F v k : submxcol (companion F *m v) k =
  if (k < p)%N then submxcol v (inord k.+1) else \sum_j F j *m submxcol v j.
Proof. by rewrite -{1}[v]submxcolK companion_blocks mxcolK. Qed.
Lemma block_inject (x : 'cV[R]_d) k : submxcol (inject R d ord_max *m x) k = if k == ord_max :> 'I_p.+1 then x else 0.
Proof. by rewrite inject_blocks mxcolK. Qed.
Lemma read_block v : (inject R d ord_max)^T *m v = submxcol v (ord_max : 'I_p.+1).
Proof. by rewrite -{1}[v]submxcolK read_blocks. Qed.
End Blocks.

Section Circuit.
Variables (R : realDomainType) (p d : nat) (sigma : R -> R) (pi : 'S_(components p d)) (negative : 'I_(components p d) -> bool).
Variables (W : 'M[R]_(components p d)) (g : R) (x : nat -> 'cV[R]_d).
Hypothesis odd : forall z, sigma (- z) = - sigma z.
Local Notation Psi := (signed_permutation R pi negative).
Local Notation w := (neuron_circuit Psi W g).

(** The neurons in the order and with the signs of the components. *)
Definition held t := Psi^T *m state sigma w x t.

Lemma held_state t : state sigma w x t = Psi *m held t.
Proof. by rewrite mulmxA (mulmx1C (signed_left R pi negative)) mul1mx. Qed.

Lemma heldS t : held t.+1 = map_mx sigma (Psi^T *m (W *m state sigma w x t) + g *: (inject R d ord_max *m x t)).
Proof.
rewrite /held [state _ _ _ t.+1]/= addr0; set a := W *m _; set b := _ *m x t.
have -> : a + b = Psi *m (Psi^T *m a + g *: (inject R d ord_max *m x t)).
  by rewrite mulmxDr mulmxA (mulmx1C (signed_left R pi negative)) mul1mx /b -scalemxAl -mulmxA scalemxAr.
by rewrite signed_map // mulmxA signed_left mul1mx.
Qed.

Lemma output_held t : output sigma w x t = submxcol (held t.+1) ord_max.
Proof. by rewrite /output addr0 -mulmxA -/(held t.+1) read_block. Qed.

Lemma held0 : held 0 = 0. Proof. by rewrite /held /= mulmx0. Qed.
End Circuit.
